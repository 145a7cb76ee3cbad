import { RecentMap } from './cache.ts';
import { compileGlob } from './glob.ts';
import { parseTemplate } from './template.ts';

/** Which actions of the table a pattern covers: bit i of word i/32 is action i. */
export type ActionBits = Uint32Array;

const PATTERNS_REMEMBERED = 50_000;

/** The actions that are asked about. Patterns become bit sets over it; action names match in any case. */
export class ActionTable {
  readonly actions: readonly string[];
  readonly #indexes = new Map<string, number>();
  readonly #lowerCase: readonly string[];
  readonly #patterns = new RecentMap<ActionBits>(PATTERNS_REMEMBERED);

  constructor(actions: readonly string[]) {
    this.actions = actions;
    this.#lowerCase = actions.map((action) => action.toLowerCase());
    for (const [index, action] of actions.entries()) {
      this.#indexes.set(action, index);
      this.#indexes.set(action.toLowerCase(), index);
    }
  }

  /** The action's place in the table; undefined for an action outside it. */
  indexOf(action: string): number | undefined {
    return this.#indexes.get(action) ?? this.#indexes.get(action.toLowerCase());
  }

  /** The actions that any of the patterns covers, or with `negated` those that none covers. */
  bits(patterns: readonly string[], negated: boolean): ActionBits {
    const union = this.#empty();
    for (const pattern of patterns) {
      const bits = this.#patterns.getOrCreate(pattern, () => this.#resolve(pattern));
      for (const [word, value] of bits.entries()) union[word] = (union[word] ?? 0) | value;
    }
    if (!negated) return union;
    const complement = this.#empty();
    for (let index = 0; index < this.actions.length; index += 1)
      if (!hasBit(union, index)) setBit(complement, index);
    return complement;
  }

  #empty(): ActionBits {
    return new Uint32Array(Math.ceil(this.actions.length / 32));
  }

  #resolve(pattern: string): ActionBits {
    const matches = compileActionPattern(pattern);
    const bits = this.#empty();
    for (const [index, action] of this.#lowerCase.entries()) if (matches(action)) setBit(bits, index);
    return bits;
  }
}

export function hasBit(bits: ActionBits, index: number): boolean {
  return ((bits[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

function setBit(bits: ActionBits, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
}

/** Tests a lower-case action name. Actions have no policy variables. */
export function compileActionPattern(pattern: string): (lowerCaseAction: string) => boolean {
  return compileGlob(
    parseTemplate(pattern.toLowerCase(), '2008-10-17', true).filter((token) => token.kind !== 'variable'),
  );
}
