import { RecentMap } from '../cache.ts';
import { has, type PatternStep, type TextPattern } from './text-patterns.ts';

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

/** More than one search takes; an automaton is a hundred times as large as its pattern, which its policy keeps. */
const REMEMBERED = 500;
const machines = new RecentMap<Automaton, TextPattern>(REMEMBERED);

/** Automata are made once for each pattern object that is in use: they get faster with every text. */
export const machineOf = (pattern: TextPattern): Automaton =>
  machines.getOrCreate(pattern, () => new Automaton(pattern));

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

/** The most characters that a text of a form can have. */
export function longestOf(pattern: TextPattern): number {
  const known = longest.get(pattern);
  if (known !== undefined) return known;
  const most = pattern.reduce(
    (sum, { repeat, atMost = Number.POSITIVE_INFINITY }) => sum + (repeat ? atMost : 1),
    0,
  );
  longest.set(pattern, most);
  return most;
}
