import { parseDecimal } from '../reference/values.ts';
import { keyFacts } from '../src/condition-keys.ts';
import { all, any, atom, constant, type Formula, not } from './formula.ts';
import { notEmpty, upTo } from './languages.ts';

/** What has no exact translation; such a pair is counted apart. */
export class Unencodable extends Error {}

/** What operators compare values of a key as. */
export type Comparison = 'text' | 'number' | 'date' | 'ip';

/** One value of a key, as variables of the solver; all but `text` are settled in the skeleton. */
export type Value =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'text'; readonly variable: string; readonly language: string | undefined }
  | { readonly kind: 'finite'; readonly term: string; readonly values: readonly string[] }
  /** A whole number: the value times 10^scale. Without `valid` it is text that is no number. */
  | { readonly kind: 'number'; readonly term: string; readonly valid: Formula; readonly scale: bigint }
  /** Milliseconds since the epoch. */
  | { readonly kind: 'date'; readonly term: string; readonly valid: Formula; readonly seconds: boolean }
  /** Bit vectors of 32 and of 128, and which of them counts. */
  | { readonly kind: 'ip'; readonly term: string; readonly isIpv4: Formula; readonly valid: Formula };

export interface Plan {
  /** As written. */
  readonly name: string;
  readonly present: Formula;
  /** Has a list of values, of which those that are used count; else the first. */
  readonly isList: Formula;
  readonly elements: readonly { readonly used: Formula; readonly value: Value }[];
  /** What holds of every request. */
  readonly rules: Formula;
  /** Declarations in SMT-LIB. */
  readonly declarations: readonly string[];
  /** What its values are compared as; other comparisons have no exact translation. */
  readonly comparison: Comparison;
  /** A list may need more values than are told apart, so that questions about it have no exact translation. */
  readonly isOpenList: boolean;
}

/** How policies use a key. */
export interface Use {
  readonly name: string;
  readonly comparisons: ReadonlySet<Comparison>;
  /** Tests with a quantifier, each of which may need a value of its own. */
  readonly quantified: number;
  readonly numbers: readonly string[];
}

/** The most values of a list that are told apart. */
const mostElements = 4;

/** @param finite the only values that the key can have, where they are listed */
export function planOf(number: number, use: Use, finite: readonly string[] | undefined, tags = 0): Plan {
  const { type, always, multivalued } = keyFacts(use.name);
  const needed = multivalued === false ? 1 : Math.max(1, use.quantified + tags);
  const count = Math.min(needed, mostElements);
  const draft = new Draft();
  const listed = finite ?? (type === 'bool' ? ['true', 'false'] : undefined);
  // A list fails every test without a quantifier, which no single value may do.
  const isList = multivalued === undefined ? draft.flag(`list${number}`) : constant(multivalued);
  const elements = Array.from({ length: count }, (_, index) => ({
    used: index === 0 ? constant(true) : all(isList, draft.flag(`used${number}_${index}`)),
    value: valueFor(`${number}_${index}`, use, listed, draft),
  }));
  const never = listed?.length === 0;
  const present = always || never ? constant(!never) : draft.flag(`present${number}`);
  const { rules, declarations } = draft;
  return {
    ...{ name: use.name, present, isList, elements, rules: all(...rules), declarations },
    comparison: comparisonOf(use, type),
    isOpenList: needed > mostElements,
  };
}

/** What the variables of a key declare, and what holds of them. */
class Draft {
  readonly declarations: string[] = [];
  readonly rules: Formula[] = [];

  declare(name: string, sort: string): string {
    this.declarations.push(`(declare-const ${name} ${sort})`);
    return name;
  }

  flag(name: string): Formula {
    return atom(this.declare(name, 'Bool'));
  }
}

/** One value, with variables of its own. @param listed the only values that the key can have, where they are listed */
function valueFor(id: string, use: Use, listed: readonly string[] | undefined, draft: Draft): Value {
  if (listed !== undefined) return listedValue(id, listed, draft);
  const { type, least } = keyFacts(use.name);
  const kind = comparisonOf(use, type);
  if (kind === 'text')
    return { kind, variable: draft.declare(`text${id}`, 'String'), language: textsOf(use) };
  const valid = type === kind ? constant(true) : draft.flag(`valid${id}`);
  if (kind === 'number') {
    const term = draft.declare(`number${id}`, 'Int');
    if (least !== undefined) draft.rules.push(atom(`(>= ${term} ${least})`));
    return { kind, term, valid, scale: scaleOf(use.numbers) };
  }
  if (kind === 'date') {
    const term = draft.declare(`date${id}`, 'Int');
    const seconds = use.name.toLowerCase() === 'aws:epochtime';
    const whole = `(= (mod ${term} 1000) 0)`;
    const written = `(and (<= ${firstMoment} ${term}) (<= ${term} ${lastMoment}))`;
    draft.rules.push(atom(seconds ? whole : `(or ${whole} ${written})`));
    return { kind, term, valid, seconds };
  }
  draft.declare(`ipv4_${id}`, '(_ BitVec 32)');
  draft.declare(`ipv6_${id}`, '(_ BitVec 128)');
  return { kind, term: id, isIpv4: draft.flag(`family${id}`), valid };
}

function listedValue(id: string, values: readonly string[], draft: Draft): Value {
  const term = draft.declare(`choice${id}`, 'Int');
  // Without values, the key is never there, and nothing is asked of it.
  if (values.length > 0) draft.rules.push(atom(`(and (<= 0 ${term}) (< ${term} ${values.length}))`));
  return { kind: 'finite', term, values };
}

/** The language of the texts that a key can have; undefined: all. */
function textsOf({ name }: Use): string | undefined {
  const { mayBeEmpty, longest } = keyFacts(name);
  if (longest !== undefined) return upTo(longest, mayBeEmpty);
  return mayBeEmpty ? undefined : notEmpty;
}

/** The first and the last moment that ISO 8601 writes with four digits of a year. */
export const firstMoment = '(- 62167219200000)';
export const lastMoment = '253402300799999';

/** What AWS takes a key for, else what the first test does. */
function comparisonOf({ comparisons }: Use, type: string): Comparison {
  const [first] = comparisons;
  return type === 'number' || type === 'date' || type === 'ip' ? type : (first ?? 'text');
}

/** One digit more than any of the numbers has behind the dot, so that there is a number between any two. */
function scaleOf(numbers: readonly string[]): bigint {
  const lowest = numbers.flatMap((text) => {
    const decimal = parseDecimal(text);
    return decimal ? [BigInt(decimal.digits.length) - decimal.magnitude] : [];
  });
  const scale = lowest.reduce((most, one) => (one > most ? one : most), 0n) + 1n;
  if (scale > 700n) throw new Unencodable('a number too small to write out');
  return scale;
}

/** Whether a text element is one of the texts, in one language. */
export function isIn(value: Value, language: string): Formula {
  if (value.kind === 'text')
    return atom(`(str.in_re ${value.variable} ${language})`, [value.variable], language);
  throw new Unencodable('tag keys compared as something else than texts');
}

/** The value is the nth of those listed. */
export function isChoice(term: string, index: number): Formula {
  return atom(`(= ${term} ${index})`);
}

/** A key is there, as one value and not as a list. */
export const isSingle = (plan: Plan): Formula => all(plan.present, not(plan.isList));

export const someElement = (plan: Plan, holds: (value: Value) => Formula): Formula =>
  any(...plan.elements.map(({ used, value }) => all(used, holds(value))));
