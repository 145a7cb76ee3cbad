import type { Request } from '@permission-check/iam-policy';
import { type CompiledSet, decide } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { Expectation, Suppression } from '#lib/expectation/types.ts';
import type { Observation } from '#lib/observe/types.ts';
import type { PlanGap } from '#lib/plan/types.ts';
import { contradictions } from './contradictions.ts';
import { judge } from './criteria.ts';
import { findingOf, type Subject, subjectName, type Template, templateOf } from './draft.ts';
import { tooMuch } from './excess.ts';
import { inconclusive } from './inconclusive.ts';
import { missing } from './missing.ts';
import { byAction, sortFindings } from './severity.ts';
import type { Finding, PrincipalResult } from './types.ts';

/** One principal: what it should be able to do, and what was seen. */
export interface Comparison {
  readonly accountId: string;
  readonly principal: Principal;
  readonly expectation: Expectation;
  /** The expected sets as identity policies, the guards as SCP levels; absent for `expect: any`. */
  readonly expectedSet?: CompiledSet | undefined;
  /** Absent where a policy of the principal is malformed; then `problems` says which. */
  readonly observedSet?: CompiledSet | undefined;
  readonly observations: readonly Observation[];
  readonly gaps: readonly PlanGap[];
  /** Why a policy could not be used: name, line, what is wrong. */
  readonly problems?: readonly string[];
  /** Every action of Rekognition: severities, and the list of what must have been asked. */
  readonly actions: readonly CatalogAction[];
  /** The suppression that covers an action of this principal today. */
  readonly suppressionOf?: (action: string) => Suppression | undefined;
}

/**
 * Holds what was observed of a principal against what is expected of it. Findings come worst first; the same
 * disagreement has the same id in every run. Findings that a suppression covers are there too, marked.
 */
export function comparePrincipal(given: Comparison): Finding[] {
  return findingsOf(templatesOf(given), given);
}

/** Templates as findings about one principal, worst first. */
export function findingsOf(
  templates: readonly Template[],
  { principal, expectation, accountId }: Pick<Comparison, 'principal' | 'expectation' | 'accountId'>,
): Finding[] {
  if (templates.length === 0) return [];
  const subject: Subject = { name: subjectName(principal), principal, expectation, accountId };
  return sortFindings(templates.map((template) => findingOf(template, subject)));
}

/**
 * What there is to find about a principal, before it is named. The same for every principal with the same
 * observations, expectation, policies and suppressions, if none of its policies is unreadable or malformed.
 */
export function templatesOf(given: Comparison): Template[] {
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
  const by = {
    expectation,
    decideExpected: expectedSet && ((request: Request) => decide(expectedSet, request)),
    decideObserved: observedSet && ((request: Request) => decide(observedSet, request)),
    catalog,
    partial: principal.unreadable.length > 0 || observedSet === undefined,
  };
  const all = given.observations.map((observation) => judge(observation, by));
  const judged = expectation.kind === 'sets';
  const drafts = [
    ...tooMuch('excess', all, suppressionOf),
    ...tooMuch('unguarded', all, suppressionOf),
    ...missing(all, suppressionOf),
    ...contradictions(all, suppressionOf),
    ...(judged ? inconclusive(all, given.gaps, problems, principal, given.actions) : []),
  ];
  return drafts.map((draft) => templateOf(draft, catalog));
}

/** What a principal's findings amount to. Suppressed findings leave it as expected; an unknown never does. */
export function statusOf(
  principal: Principal,
  expectation: Expectation,
  findings: readonly Finding[],
): PrincipalResult['status'] {
  if (principal.serviceLinked) return 'not-checkable';
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  if (open.some(({ kind }) => kind !== 'inconclusive')) return 'findings';
  if (open.length > 0) return 'inconclusive';
  return expectation.kind === 'any' ? 'not-judged' : 'as-expected';
}
