import { compileGlob } from './glob.ts';
import { isGlob, parseTemplate } from './template.ts';

/** Which actions of the table a pattern covers: bit i of word i/32 is action i. */
export type ActionBits = Uint32Array;

/** The actions that are asked about. Patterns become bit sets over it; action names match in any case. */
export class ActionTable {
  readonly actions: readonly string[];
  readonly #indexes = new Map<string, number>();
  readonly #lowerCase: readonly string[];
  readonly #services: ReadonlySet<string>;

  constructor(actions: readonly string[]) {
    this.actions = actions;
    this.#lowerCase = actions.map((action) => action.toLowerCase());
    this.#services = new Set(this.#lowerCase.map(serviceOf));
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
    const covered = new Uint32Array(Math.ceil(this.actions.length / 32));
    for (const pattern of patterns) this.#cover(pattern.toLowerCase(), covered);
    if (!negated) return covered;
    const rest = new Uint32Array(covered.length);
    for (let index = 0; index < this.actions.length; index += 1)
      if (!hasBit(covered, index)) setBit(rest, index);
    return rest;
  }

  #cover(pattern: string, covered: ActionBits): void {
    const service = serviceOf(pattern);
    // Most patterns are about services that nobody asks about.
    if (!/[*?]/.test(service) && !this.#services.has(service)) return;
    const exact = this.#indexes.get(pattern);
    if (exact !== undefined) {
      setBit(covered, exact);
      return;
    }
    const matches = compileActionPattern(pattern);
    for (const [index, action] of this.#lowerCase.entries()) if (matches(action)) setBit(covered, index);
  }
}

function serviceOf(lowerCaseAction: string): string {
  const colon = lowerCaseAction.indexOf(':');
  return colon === -1 ? lowerCaseAction : lowerCaseAction.slice(0, colon);
}

export function hasBit(bits: ActionBits, index: number): boolean {
  return ((bits[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

function setBit(bits: ActionBits, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
}

/** Tests a lower-case action name. Actions have no policy variables. */
export function compileActionPattern(pattern: string): (lowerCaseAction: string) => boolean {
  const template = parseTemplate(pattern.toLowerCase(), '2008-10-17', true);
  return isGlob(template) ? compileGlob(template) : () => false;
}
