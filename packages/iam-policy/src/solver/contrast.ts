import type { CompiledSet } from '../compile.ts';
import type { Effort } from './effort.ts';
import { type AccessFormula, all, formulaKey } from './formula.ts';
import { boundaryGoals, differenceGoals, type Goal } from './goals.ts';
import { type Answer, type Found, Problem } from './problem.ts';
import type { SearchSpace } from './space.ts';

export type { Goal } from './goals.ts';

/** Requests of one direction: any request that differs, and what else to show if there is one. */
export interface Difference {
  /** The one that allows. */
  readonly side: 'observed' | 'expected';
  readonly whole: Goal;
  /** To be asked for where the whole can be. */
  readonly parts: () => readonly Goal[];
}

/** Two policy sets side by side for one action: what requests would show where they differ, and where each ends. */
export class Contrast {
  readonly #problem: Problem;
  readonly #observed: AccessFormula;
  readonly #expected: AccessFormula;
  readonly #handedOut = new Set<string>();
  /** Whether both sets say the same, in whatever order. */
  readonly alike: boolean;

  constructor(
    sets: { readonly observed: CompiledSet; readonly expected: CompiledSet },
    action: string,
    space: SearchSpace,
    effort?: Effort,
  ) {
    this.#problem = new Problem(space, effort);
    this.#observed = this.#problem.formulaOf(sets.observed, action);
    this.#expected = this.#problem.formulaOf(sets.expected, action);
    this.alike = formulaKey(this.#observed.allowed) === formulaKey(this.#expected.allowed);
  }

  /** What one side allows and the other does not, in both directions; none where the sets are alike. */
  differences(): readonly Difference[] {
    if (this.alike) return [];
    const sides = [
      { side: 'observed', goals: differenceGoals(this.#observed, this.#expected, 'observed') },
      { side: 'expected', goals: differenceGoals(this.#expected, this.#observed, 'expected') },
    ] as const;
    return sides
      .filter(({ goals: [{ formula }] }) => formula.kind !== 'constant' || formula.value)
      .map(({ side, goals: [whole, ...parts] }) => ({ side, whole, parts: () => this.#distinct(parts) }));
  }

  /** A request that both sets allow. */
  agreement(): Goal {
    const formula = all([this.#observed.allowed, this.#expected.allowed]);
    return { formula, unknown: 'whether both policies allow a request' };
  }

  /** Requests on either side of every pattern and condition of both sets, as far as they change an answer. */
  boundaries(): readonly Goal[] {
    const own = boundaryGoals(this.#observed);
    return this.#distinct(this.alike ? own : [...own, ...boundaryGoals(this.#expected)]);
  }

  /** Without goals that are always or never met, and those that were handed out before. */
  #distinct(goals: readonly Goal[]): Goal[] {
    return goals.filter(({ formula }) => {
      if (formula.kind === 'constant') return false;
      const key = formulaKey(formula);
      const first = !this.#handedOut.has(key);
      this.#handedOut.add(key);
      return first;
    });
  }

  /** A request that shows what the goal asks for. */
  find(goal: Goal): Answer {
    return this.#problem.find(goal.formula);
  }

  /** Whether there is nothing left to search with. */
  get isSpent(): boolean {
    return this.#problem.isSpent;
  }

  /** Whether a request, its context without the known keys, shows what the goal asks for; never when effort is spent. */
  shows(goal: Goal, request: Found): boolean {
    return !this.isSpent && this.#problem.holds(goal.formula, request);
  }
}
