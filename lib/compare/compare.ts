import type { Request } from '@permission-check/iam-policy';
import { type CompiledSet, decide } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { Expectation, Suppression } from '#lib/expectation/types.ts';
import type { Observation } from '#lib/observe/types.ts';
import type { PlanDoubt, PlanGap } from '#lib/plan/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import { acceptedAccess, acceptedLack, deniesOf } from './accepted.ts';
import { contradictionFindings } from './contradictions.ts';
import { type Against, judge } from './criteria.ts';
import { type ExcessOptions, excessFindings } from './excess.ts';
import { findingOf, type SharedFinding, type Subject, sharedFindingOf } from './finding-draft.ts';
import { inconclusiveFindings } from './inconclusive.ts';
import { limitsIn } from './limits.ts';
import { missingFindings } from './missing.ts';
import { idleDeniesIn, nearMissIn } from './near-misses.ts';
import { byAction, sortFindings } from './severity.ts';
import type { Finding } from './types.ts';

/** One principal: what it should be able to do, and what was seen. */
export interface Comparison {
  readonly accountId: string;
  readonly principal: Principal;
  readonly expectation: Expectation;
  /** The expected sets as identity policies, the guards as SCP levels; absent for `expect: any`. */
  readonly expectedSet?: CompiledSet | undefined;
  /** Absent where its policies are not known. */
  readonly observedSet?: CompiledSet | undefined;
  /** SCPs do not bind the principal, though the simulator may apply them. */
  readonly beyondScps?: boolean;
  readonly observations: readonly Observation[];
  readonly gaps: readonly PlanGap[];
  /** What the policies may allow beyond the expectation, and nobody can tell. Default: nothing. */
  readonly doubts?: readonly PlanDoubt[];
  /** Why a policy could not be used: name, line, what is wrong. */
  readonly problems?: readonly string[];
  /** Every action of Rekognition: severities, and the list of what must have been asked. */
  readonly actions: readonly CatalogAction[];
  /** What the expectation is: what should be (default), or what was. */
  readonly against?: Against;
  /** The suppression that covers an action of this principal today. */
  readonly suppressionOf?: (action: string) => Suppression | undefined;
}

/**
 * Holds what was observed of a principal against what is expected of it. Findings come worst first; the same
 * disagreement has the same id in every run. Findings that a suppression covers are there too, marked.
 */
export function comparePrincipal(given: Comparison): Finding[] {
  return findingsOf(sharedFindingsOf(given), given);
}

/** Shared findings as those of one principal, worst first. */
export function findingsOf(
  all: readonly SharedFinding[],
  { principal, expectation, accountId }: Pick<Comparison, 'principal' | 'expectation' | 'accountId'>,
): Finding[] {
  if (all.length === 0) return [];
  const subject: Subject = { name: subjectName(principal), principal, expectation, accountId };
  return sortFindings(all.map((shared) => findingOf(shared, subject)));
}

/**
 * What there is to find about a principal, before it is named. The same for every principal with the same
 * observations, expectation, policies and suppressions, if none of its policies is unreadable or malformed.
 */
export function sharedFindingsOf(given: Comparison): SharedFinding[] {
  const { principal, expectation, expectedSet, observedSet } = given;
  if (principal.serviceLinked) return [];
  const catalog = byAction(given.actions);
  const suppressionOf = given.suppressionOf ?? (() => undefined);
  const problems = [
    ...(given.problems ?? []),
    ...(expectation.kind === 'sets' && expectedSet === undefined
      ? [`what ${subjectName(principal)} should be able to do could not be worked out`]
      : []),
  ];
  const criteria = {
    expectation,
    decideExpected: expectedSet && ((request: Request) => decide(expectedSet, request)),
    decideObserved: observedSet && ((request: Request) => decide(observedSet, request)),
    observedSet,
    catalog,
    partial: principal.unreadable.length > 0 || observedSet === undefined,
    beyondScps: given.beyondScps ?? false,
  };
  const all = given.observations.map((observation) => judge(observation, criteria));
  const limitsOf = observedSet && limitsIn(observedSet);
  const judged = expectation.kind === 'sets';
  const against = given.against ?? 'expectation';
  const policies = { observedSet, expectedSet, expectation };
  const excess: Pick<ExcessOptions, 'accepted' | 'deniesOf'> = {
    accepted: (...access) => acceptedAccess(...access, policies),
    deniesOf: (names) => expectedSet && deniesOf(names, expectedSet),
  };
  const idleDeniesOf = observedSet && idleDeniesIn(observedSet);
  const drafts = [
    ...excessFindings('excess', all, { suppressionOf, against, limitsOf, idleDeniesOf, ...excess }),
    ...excessFindings('unguarded', all, { suppressionOf, limitsOf, idleDeniesOf, ...excess }),
    ...missingFindings(all, {
      suppressionOf,
      against,
      nearMissOf: observedSet && nearMissIn(observedSet),
      accepted: (...lack) => acceptedLack(...lack, policies),
    }),
    ...contradictionFindings(all, suppressionOf),
    ...(judged ? inconclusiveFindings(all, { ...given, problems, catalog: given.actions }) : []),
  ];
  return drafts.map((draft) => sharedFindingOf(draft, catalog));
}
