import type { CompiledSet } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { PlanInput, PlannedRequest } from '#lib/plan/types.ts';

/** What the check of a principal rests on. */
export interface CheckedSets {
  readonly observed: CompiledSet;
  readonly expected: CompiledSet;
  /** The requests that were decided. */
  readonly requests: () => readonly PlannedRequest[];
  /** What a search about the principal is made from, where it is about these sets. */
  readonly inputFor: (observed: CompiledSet, expected: CompiledSet) => PlanInput;
}

/** Knows what each check rests on. */
export interface Checks {
  setsOf(principal: Principal, expectation: Expectation & { kind: 'sets' }): CheckedSets;
}

/** A principal that was checked. */
export interface SeenCheck {
  readonly principal: Principal;
  readonly expectation: Expectation;
  readonly result: { readonly subject: string };
  readonly findings: readonly Finding[];
}
