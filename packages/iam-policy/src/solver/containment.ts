import type { CompiledSet } from '../compile.ts';
import { unreadableWords } from '../evaluate.ts';
import type { Effort } from './effort.ts';
import { all, not } from './formula.ts';
import { Problem, type SearchResult } from './problem.ts';
import type { SearchSpace } from './space.ts';

/** The two sides, the action and the requests that a comparison is about. */
export interface Comparison {
  readonly action: string;
  readonly space: SearchSpace;
  /** Shared by comparisons that belong together; absent: enough for one. */
  readonly effort?: Effort;
}

/**
 * What the second set allows and the first does not: what was gained from the past to the present, or what is observed
 * beyond what is expected. What may be, by statements that cannot be read or rules that nothing but the documentation
 * states, is no witness, and no proof of `none` either.
 */
export function gained(before: CompiledSet, after: CompiledSet, comparison: Comparison): SearchResult {
  const { action, space, effort } = comparison;
  const problem = new Problem(space, effort);
  const certain = all([
    problem.formulaOf(after, action).allowed,
    not(problem.formulaOf(before.possible, action).allowed),
  ]);
  const possible = all([
    problem.formulaOf(after.possible, action).allowed,
    not(problem.formulaOf(before, action).allowed),
  ]);
  const found = problem.search(certain);
  if (after.possible === after && before.possible === before) return found;
  if (found.kind !== 'none') return found;
  const most = problem.search(possible);
  return most.kind === 'none' ? most : { kind: 'unsettled', reason: reasonOf(before, after, action) };
}

/**
 * What the second set may allow and nobody can tell, and the first does not even perhaps: by statements that cannot be
 * read, or by rules that nothing but the documentation states.
 */
export function perhapsGained(
  before: CompiledSet,
  after: CompiledSet,
  { action, space, effort }: Comparison,
): SearchResult {
  if (after.possible === after) return { kind: 'none' };
  const problem = new Problem(space, effort);
  return problem.search(
    all([
      problem.formulaOf(after.possible, action).allowed,
      not(problem.formulaOf(after, action).allowed),
      not(problem.formulaOf(before.possible, action).allowed),
    ]),
  );
}

/** What the first set allows and the second does not. */
export function lost(before: CompiledSet, after: CompiledSet, comparison: Comparison): SearchResult {
  return gained(after, before, comparison);
}

/** Whether everything that one set allows is allowed by another. */
export type Containment =
  | { readonly kind: 'contained' }
  | Extract<SearchResult, { kind: 'witness' | 'unsettled' }>;

/**
 * Whether the expected set contains the observed one: whether everything observed is expected. `contained` is proved, a
 * witness is a request that is observed and not expected.
 */
export function contains(expected: CompiledSet, observed: CompiledSet, comparison: Comparison): Containment {
  const result = gained(expected, observed, comparison);
  return result.kind === 'none' ? { kind: 'contained' } : result;
}

function reasonOf(before: CompiledSet, after: CompiledSet, action: string): string {
  const [unreadable] = [...after.unreadable, ...before.unreadable];
  if (unreadable === undefined) {
    return `nothing but the documentation says that the policies do not allow ${action}`;
  }
  return unreadableWords(unreadable);
}
