import {
  ANY,
  ANY_WITHIN,
  contextValue,
  isLike,
  ONE,
  ONE_WITHIN,
  readings,
  segmentsOf,
} from '../reference/patterns.ts';
import type { PolicyDocument, RequestContext } from '../src/types.ts';
import { all, any, atom, constant, type Formula, not } from './formula.ts';
import { isChoice, isIn, isSingle, type Plan, Unencodable, type Value } from './keys.ts';
import { languageOf, literally, union } from './languages.ts';
import { quoted } from './z3.ts';

/** What a string of a policy stands in: what is known, and the keys that vary. */
export interface Scene {
  readonly version: PolicyDocument['version'];
  readonly known: RequestContext;
  /** The plan of a key that is not known; undefined for one that is. */
  readonly planOf: (key: string) => Plan | undefined;
}

/** A piece of a string: text and wildcards as the reference evaluator resolves them, or a text variable. */
export type Piece = string | { readonly variable: string };

/** A string of a policy as it reads when something holds of its variables; without pieces, it is like nothing. */
export interface Variant {
  readonly when: Formula;
  readonly pieces: readonly Piece[] | undefined;
}

/** Every way in which a string reads, by what its variables may be. */
export function variantsOf(text: string, wildcards: boolean, scene: Scene): Variant[] {
  const parts = scene.version === '2012-10-17' ? text.split(/\$\{([^}]*)\}/) : [text];
  let variants: Variant[] = [{ when: constant(true), pieces: [] }];
  for (const [index, part] of parts.entries()) {
    const literal = wildcards ? part.replaceAll('*', ANY).replaceAll('?', ONE) : part;
    const next =
      index % 2 === 0 ? [{ when: constant(true), pieces: [literal] }] : variantsOfVariable(part, scene);
    variants = variants.flatMap(({ when, pieces }) =>
      next.map((one) => ({
        when: all(when, one.when),
        pieces: pieces && one.pieces && joined([...pieces, ...one.pieces]),
      })),
    );
  }
  return variants.filter(({ when }) => when.kind !== 'constant' || when.value);
}

function variantsOfVariable(inside: string, { known, planOf }: Scene): Variant[] {
  const always = constant(true);
  if (inside === '*' || inside === '?' || inside === '$') return [{ when: always, pieces: [inside] }];
  const [, key = inside, fallback] = /^([^,]*),\s*'(.*)'\s*$/.exec(inside) ?? [];
  const otherwise = fallback === undefined ? undefined : [fallback];
  const plan = planOf(key.trim());
  if (plan === undefined) {
    const value = contextValue(known, key.trim());
    if (typeof value === 'string') return [{ when: always, pieces: [value] }];
    return [{ when: always, pieces: value === undefined ? otherwise : undefined }];
  }
  const value = plan.elements[0]?.value;
  if (value?.kind !== 'text' && value?.kind !== 'finite') throw new Unencodable('a variable that is no text');
  const present: Variant[] =
    value.kind === 'text'
      ? [{ when: always, pieces: [{ variable: value.variable }] }]
      : value.values.map((text, index) => ({ when: isChoice(value.term, index), pieces: [text] }));
  return [
    ...present.map(({ when, pieces }) => ({ when: all(isSingle(plan), when), pieces })),
    { when: not(plan.present), pieces: otherwise },
    { when: all(plan.present, plan.isList), pieces: undefined },
  ];
}

/** Texts that follow one another as one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') merged[merged.length - 1] = last + piece;
    else merged.push(piece);
  }
  return merged.filter((piece) => piece !== '');
}

/** The pieces as one resolved pattern; undefined where a variable is among them. */
export function patternOf(pieces: readonly Piece[]): string | undefined {
  const texts = pieces.filter((piece) => typeof piece === 'string');
  return texts.length === pieces.length ? texts.join('') : undefined;
}

/** Whether a value is like the pieces. */
export function isLikePieces(value: Value, pieces: readonly Piece[]): Formula {
  if (value.kind === 'finite') {
    return any(
      ...value.values.map((text, index) =>
        all(isChoice(value.term, index), isLikePieces({ kind: 'literal', text }, pieces)),
      ),
    );
  }
  if (value.kind !== 'text' && value.kind !== 'literal') throw new Unencodable('a value that is no text');
  const pattern = patternOf(pieces);
  if (pattern === undefined) return isRelated(value, pieces);
  return value.kind === 'literal' ? constant(isLike(value.text, pattern)) : isIn(value, languageOf(pattern));
}

const isText = (piece: Piece | undefined): boolean =>
  typeof piece !== 'string' || !/[\uE000-\uE003]/.test(piece);

/** Whether a text is like pieces of which some are variables: one text compared with another. */
function isRelated(value: Extract<Value, { kind: 'text' | 'literal' }>, pieces: readonly Piece[]): Formula {
  const isWild = !pieces.every(isText);
  if (isWild && value.kind === 'literal') return isCutOut(value.text, pieces);
  const term = value.kind === 'text' ? value.variable : quoted(value.text);
  const own = value.kind === 'text' ? [value.variable] : [];
  const variables = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.variable]));
  const related = (smt: string): Formula => atom(smt, [...new Set([...own, ...variables])]);
  if (!isWild) return related(`(= ${term} ${concatenated(pieces)})`);
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (last === ANY && pieces.slice(0, -1).every(isText)) {
    return related(`(str.prefixof ${concatenated(pieces.slice(0, -1))} ${term})`);
  }
  if (first === ANY && pieces.slice(1).every(isText)) {
    return related(`(str.suffixof ${concatenated(pieces.slice(1))} ${term})`);
  }
  if (first === ANY && last === ANY && pieces.slice(1, -1).every(isText)) {
    return related(`(str.contains ${term} ${concatenated(pieces.slice(1, -1))})`);
  }
  throw new Unencodable('a variable between wildcards');
}

function concatenated(pieces: readonly Piece[]): string {
  const terms = pieces.map((piece) => (typeof piece === 'string' ? quoted(piece) : piece.variable));
  return terms.length === 1 ? (terms[0] ?? '""') : `(str.++ ${terms.join(' ')})`;
}

/** Whether a variable is what the rest of the pieces leave of a text. */
function isCutOut(text: string, pieces: readonly Piece[]): Formula {
  const at = pieces.findIndex((piece) => typeof piece !== 'string');
  const piece = pieces[at];
  const before = patternOf(pieces.slice(0, at));
  const after = patternOf(pieces.slice(at + 1));
  if (typeof piece !== 'object' || before === undefined || after === undefined) {
    throw new Unencodable('two variables beside wildcards');
  }
  const cuts = new Set<string>();
  for (let from = 0; from <= text.length; from += 1) {
    if (!isLike(text.slice(0, from), before)) continue;
    for (let to = from; to <= text.length; to += 1) {
      if (isLike(text.slice(to), after)) cuts.add(text.slice(from, to));
    }
  }
  if (cuts.size === 0) return constant(false);
  return isIn(
    { kind: 'text', variable: piece.variable, language: undefined },
    union([...cuts].map(literally)),
  );
}

/** What of the pieces may still follow when a text was read: every way to go on. */
export function behind(pieces: readonly Piece[], prefix: string): Piece[][] {
  // A variable stands for itself as one unit, which no character of the prefix can be.
  const units = pieces.flatMap((piece): Piece[] => (typeof piece === 'string' ? piece.split('') : [piece]));
  let positions = closed(units, [0]);
  for (const character of prefix) {
    const reached = [...positions].filter((position) => takes(units[position], character));
    positions = closed(
      units,
      reached.map((position) => (isStar(units[position]) ? position : position + 1)),
    );
  }
  return [...positions].map((position) => joined(units.slice(position)));
}

const isStar = (unit: Piece | undefined): boolean => unit === ANY || unit === ANY_WITHIN;

/** The positions, and those behind the stars at them. */
function closed(units: readonly Piece[], positions: Iterable<number>): Set<number> {
  const reached = new Set(positions);
  for (const position of reached) if (isStar(units[position])) reached.add(position + 1);
  return reached;
}

/** Whether a unit of a pattern can be a character. */
function takes(unit: Piece | undefined, character: string): boolean {
  if (typeof unit === 'object') throw new Unencodable('a variable in the fixed part of an ARN');
  if (unit === ANY_WITHIN || unit === ONE_WITHIN) return character !== ':';
  return unit === ANY || unit === ONE || unit === character;
}

/** The pieces of a Resource in each of its readings, their wildcards bound to their segments. */
export function boundPieces(pieces: readonly Piece[], text: string): Piece[][] {
  const mark = '\uE004';
  const variables = pieces.filter((piece) => typeof piece !== 'string');
  const marked = pieces.map((piece) => (typeof piece === 'string' ? piece : mark)).join('');
  if (
    segmentsOf(marked)
      .slice(0, 5)
      .some((segment) => segment.includes(mark))
  ) {
    throw new Unencodable('a variable before the fifth colon');
  }
  return readings(marked, text.includes('${')).map((reading) =>
    reading.split(mark).flatMap((part, index): Piece[] => [part, ...variables.slice(index, index + 1)]),
  );
}

/** Whether all characters of the pieces are among those that there can be. */
export function canFollow(pieces: readonly Piece[], characters: string | undefined): boolean {
  const texts = pieces.filter((piece) => typeof piece === 'string').join('');
  const literal = texts.replace(/[\uE000-\uE003]/g, '').split('');
  return characters === undefined || literal.every((character) => characters.includes(character));
}
