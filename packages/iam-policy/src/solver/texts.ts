/**
 * Finds texts that match some patterns and not others, exactly: all patterns run side by side as automata over
 * the characters that they can tell apart, breadth first, so that every combination of answers that any text
 * can have is met, and the shortest text for it is found first.
 */
import type { Glob } from '../template.ts';
import { type Effort, isSpent } from './effort.ts';

/** Characters: exactly those named, or all but those named. */
export type CharSet = { readonly only: string } | { readonly not: string };

/** One step of a pattern: one character of the set, or any number of them. */
export interface PatternStep {
  readonly chars: CharSet;
  readonly repeat: boolean;
  /** Of a repeated step, the most characters. Only the length of the whole text is held against it: of several such steps, their sum. */
  readonly atMost?: number;
}

/** A pattern as steps one after another; it matches a whole text. */
export type TextPattern = readonly PatternStep[];

/** For each set of patterns that some text matches alone, that text. */
export interface TextClasses {
  /** Key: one character a pattern, `1` where the text matches it. */
  readonly texts: ReadonlyMap<string, string>;
  /** False when the work was cut off: then a combination that is not listed may still exist. */
  readonly complete: boolean;
  /** What it took, in steps of a single pattern. */
  readonly work: number;
}

const anything: CharSet = { not: '' };

export function literal(text: string): PatternStep[] {
  return [...text].map((char) => ({ chars: { only: char }, repeat: false }));
}

/** Each letter in all its cases, for the IgnoreCase operators. */
export function literalIgnoringCase(text: string): PatternStep[] {
  return [...text].map((char) => {
    const cases = char.toLowerCase() + char.toUpperCase();
    // The sign for kelvins is a capital k.
    return { chars: { only: cases === 'kK' ? 'kK\u212a' : cases }, repeat: false };
  });
}

/** Any text at all. */
export const anyText: TextPattern = [{ chars: anything, repeat: true }];

/** A pattern of a policy whose variables are resolved. */
export function patternOf(glob: Glob): TextPattern {
  return glob.flatMap((token) =>
    token.kind === 'text'
      ? literal(token.text)
      : [{ chars: token.withinSegment ? { not: ':' } : anything, repeat: token.kind === 'any' }],
  );
}

/** One or more characters out of a set: the free parts of an ARN form. @param atMost absent: any number of them */
export function someOf(chars: string, atMost?: number): PatternStep[] {
  return [
    { chars: { only: chars }, repeat: false },
    { chars: { only: chars }, repeat: true, ...(atMost !== undefined && { atMost: atMost - 1 }) },
  ];
}

/**
 * The texts of a form: literal parts, and parts of one or more characters out of a set, one after another.
 *
 * @example textForm(['arn:aws:s3:::', { someOf: 'abcdefghijklmnopqrstuvwxyz' }])
 */
export function textForm(
  parts: readonly (string | { readonly someOf: string; readonly atMost?: number })[],
): TextPattern {
  return parts.flatMap((part) =>
    typeof part === 'string' ? literal(part) : someOf(part.someOf, part.atMost),
  );
}

/** The texts that a text with `*` and `?` matches. */
export function wildcardForm(text: string): TextPattern {
  return text.split(/([*?])/).flatMap((part) => {
    if (part === '*' || part === '?') return [{ chars: anything, repeat: part === '*' }];
    return literal(part);
  });
}

function has(set: CharSet, char: string): boolean {
  return 'only' in set ? set.only.includes(char) : !set.not.includes(char);
}

/** Whether a whole text is one of a form's, and not longer than those can be. */
export function matchesPattern(pattern: TextPattern, text: string): boolean {
  if (!fitsInto(text, longestOf(pattern))) return false;
  const machine = machineOf(pattern);
  let state = machine.start;
  for (const char of text) state = machine.next(state, char);
  return machine.accepts(state);
}

/** Whether a text has no more characters than a number. */
export function fitsInto(text: string, longest: number): boolean {
  return text.length <= longest || [...text].length <= longest;
}

const longest = new WeakMap<TextPattern, number>();

function longestOf(pattern: TextPattern): number {
  const known = longest.get(pattern);
  if (known !== undefined) return known;
  const most = pattern.reduce(
    (sum, { repeat, atMost = Number.POSITIVE_INFINITY }) => sum + (repeat ? atMost : 1),
    0,
  );
  longest.set(pattern, most);
  return most;
}

/** A pattern as a deterministic automaton, made as far as it is walked. */
class Automaton {
  readonly start: number;
  readonly #pattern: TextPattern;
  readonly #states: (readonly number[])[] = [];
  readonly #ids = new Map<string, number>();
  readonly #edges: Map<string, number>[] = [];
  readonly #accepting: boolean[] = [];

  constructor(pattern: TextPattern) {
    this.#pattern = pattern;
    this.start = this.#intern(this.#closure([0]));
  }

  next(state: number, char: string): number {
    const edges = this.#edges[state];
    if (edges === undefined) throw new RangeError('a state of another automaton');
    const known = edges.get(char);
    if (known !== undefined) return known;
    const reached: number[] = [];
    for (const position of this.#states[state] ?? []) {
      const step = this.#pattern[position];
      if (step && has(step.chars, char)) reached.push(step.repeat ? position : position + 1);
    }
    const id = this.#intern(this.#closure(reached));
    edges.set(char, id);
    return id;
  }

  accepts(state: number): boolean {
    return this.#accepting[state] === true;
  }

  /** The steps that the next character may take. */
  steps(state: number): readonly PatternStep[] {
    const positions = this.#states[state] ?? [];
    return positions.flatMap((position) => this.#pattern[position] ?? []);
  }

  /** No text that goes on from here can match. */
  dead(state: number): boolean {
    return this.#states[state]?.length === 0;
  }

  #closure(positions: readonly number[]): readonly number[] {
    const all = new Set<number>();
    for (let position of positions) {
      all.add(position);
      while (this.#pattern[position]?.repeat) all.add(++position);
    }
    const sorted = [...all].sort((a, b) => a - b);
    // From the last `*` on everything is still possible that was possible from the positions before it.
    for (let i = sorted.length - 1; i > 0; i--) {
      const step = this.#pattern[sorted[i] ?? 0];
      if (step?.repeat && 'not' in step.chars && step.chars.not === '') return sorted.slice(i);
    }
    return sorted;
  }

  #intern(positions: readonly number[]): number {
    const key = positions.join(',');
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#states.length;
    this.#ids.set(key, id);
    this.#states.push(positions);
    this.#edges.push(new Map());
    this.#accepting.push(positions.includes(this.#pattern.length));
    return id;
  }
}

const machines = new WeakMap<TextPattern, Automaton>();

/** Automata are made once for each pattern object: they get faster with every text. */
function machineOf(pattern: TextPattern): Automaton {
  const machine = machines.get(pattern) ?? new Automaton(pattern);
  machines.set(pattern, machine);
  return machine;
}

const spare = 'xyzwvutsrqponmlkjihgfedcbaXYZ0123456789WVUTSRQPONMLKJIHGFEDCBA-_.';

/** Sets of more characters than this stand for any of them; smaller ones name characters. */
const fewChars = 3;

function namedBy({ chars }: PatternStep): string {
  if ('not' in chars) return chars.not;
  return chars.only.length <= fewChars ? chars.only : '';
}

/** Some character of a set that is not named: it stands for all of those. */
function freshChar(chars: CharSet, named: ReadonlySet<string>): string | undefined {
  const usable = (char: string) => !named.has(char) && has(chars, char);
  const found = [...spare].find(usable);
  if (found !== undefined) return found;
  if ('only' in chars) return [...chars.only].find(usable);
  let code = 0x2460;
  while (!usable(String.fromCharCode(code))) code++;
  return String.fromCharCode(code);
}

/**
 * The characters to go on with from some states, the form's first: every one that a pattern tells from the others
 * there, and for each set of the form one that stands for the rest.
 */
function nextChars(form: readonly PatternStep[], patterns: () => readonly PatternStep[]): string[] {
  const [only] = form;
  if (form.length === 1 && only && 'only' in only.chars && only.chars.only.length === 1)
    return [only.chars.only];
  const named = new Set<string>();
  for (const step of [...form, ...patterns()]) for (const char of namedBy(step)) named.add(char);
  const fresh = form.flatMap((step) => freshChar(step.chars, named) ?? []);
  return [...new Set([...fresh, ...named])];
}

/**
 * For every combination of answers that a text of the form can get from the patterns, the shortest such text.
 * Work is counted in steps of a single pattern; beyond the limit, or when the effort is spent, the result says that it
 * is not complete.
 */
export function classifyTexts(
  form: TextPattern,
  patterns: readonly TextPattern[],
  limit = 1_000_000,
  effort: Effort = { left: limit },
): TextClasses {
  const shape = machineOf(form);
  const others = patterns.map(machineOf);
  const texts = new Map<string, string>();
  const mostCharacters = longestOf(form);
  interface Node {
    readonly shape: number;
    readonly states: readonly number[];
    readonly from: Node | undefined;
    readonly char: string;
  }
  const seen = new Set<string>();
  const queue: Node[] = [];
  const visit = (node: Node) => {
    const key = `${node.shape}:${node.states.join(',')}`;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push(node);
    if (!shape.accepts(node.shape)) return;
    const answers = others.map((machine, i) => (machine.accepts(node.states[i] ?? 0) ? '1' : '0')).join('');
    if (texts.has(answers)) return;
    let text = '';
    for (let at: Node | undefined = node; at; at = at.from) text = at.char + text;
    // The shortest with these answers: where it is too long, there is none.
    if (fitsInto(text, mostCharacters)) texts.set(answers, text);
  };
  visit({ shape: shape.start, states: others.map(({ start }) => start), from: undefined, char: '' });
  let work = 0;
  for (let i = 0; i < queue.length; i++) {
    const node = queue[i];
    if (!node) break;
    if ((i & 63) === 63 && isSpent(effort)) return { texts, complete: false, work };
    const steps = () => others.flatMap((machine, n) => machine.steps(node.states[n] ?? 0));
    const alive = others.filter((machine, n) => !machine.dead(node.states[n] ?? 0)).length;
    for (const char of nextChars(shape.steps(node.shape), steps)) {
      work += alive + 1;
      effort.left -= alive + 1;
      if (work > limit) return { texts, complete: false, work };
      const next = shape.next(node.shape, char);
      if (shape.dead(next)) continue;
      const states = others.map((machine, n) => {
        const state = node.states[n] ?? 0;
        return machine.dead(state) ? state : machine.next(state, char);
      });
      visit({ shape: next, states, from: node, char });
    }
  }
  return { texts, complete: true, work };
}

/** A text of the form that matches all of `inside` and none of `outside`; undefined where there is none. */
export function findText(
  form: TextPattern,
  inside: readonly TextPattern[],
  outside: readonly TextPattern[] = [],
): string | undefined {
  const wanted = '1'.repeat(inside.length) + '0'.repeat(outside.length);
  return classifyTexts(form, [...inside, ...outside]).texts.get(wanted);
}
