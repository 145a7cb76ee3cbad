import type { Request } from '@permission-check/iam-policy';
import { PolicyError } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { comparePrincipal, findingsOf, sharedFindingsOf } from '#lib/compare/compare.ts';
import type { SharedFinding } from '#lib/compare/finding-draft.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';
import type { Evidence, Observation } from '#lib/observe/types.ts';
import { grantsNothing } from '#lib/plan/grants-nothing.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { isOutOfReach, planRequests } from '#lib/plan/plan.ts';
import type { Plan, SimulationCall } from '#lib/plan/types.ts';
import type { Callers } from '#lib/reach/callers.ts';
import type { PrincipalResult } from '#lib/report/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import { CompiledSets } from './policy-sets.ts';
import { PrincipalSessions } from './principal-sessions.ts';
import { statusOf } from './status.ts';

/** Asks IAM about a principal: one answer a request, in order. */
export type Simulate = (
  principalArn: string,
  requests: readonly Request[],
  calls: readonly SimulationCall[],
) => Promise<readonly Evidence[]>;

export interface CheckOptions {
  /** Of principals whose ARN does not say. */
  readonly accountId: string;
  readonly partition: string;
  readonly expectations: Expectations;
  readonly guardrails?: Guardrails | undefined;
  /** Who there is in the account, as callers of STS. Absent: not known, so that any of its principals may ask. */
  readonly callers?: Callers | undefined;
  /** `2026-11-24`, UTC: for suppressions. */
  readonly today: string;
  /** Absent: only the policy documents are evaluated, and nothing is called. */
  readonly simulate?: Simulate | undefined;
}

export interface PrincipalCheck {
  readonly principal: Principal;
  readonly expectation: Expectation;
  readonly result: PrincipalResult;
  readonly findings: readonly Finding[];
}

/** Checks principals one by one. */
export interface Checker {
  (principal: Principal): Promise<PrincipalCheck>;
  /** Whether the answer depends on who else there is in the account: on `callers`, which must then be complete. */
  dependsOnCallers(principal: Principal): boolean;
}

/**
 * Prepares the check of any number of principals. Work is done once for each distinct set of policies: parsing,
 * compiling, planning, evaluating, and where only the documents are evaluated, comparing.
 */
export function createChecker(options: CheckOptions): Checker {
  const { expectations, guardrails, callers, today, simulate } = options;
  const sets = new CompiledSets(guardrails);
  const { baseline } = expectations;
  const sessions = new PrincipalSessions(baseline.context, actions, guardrails);
  const worked = new WeakMap<Plan, Worked>();

  const check = async (principal: Principal): Promise<PrincipalCheck> => {
    const expectation = expectations.expectationFor(principal);
    const finish = (findings: readonly Finding[], requests = 0, calls = 0) =>
      checkOf(principal, expectation, findings, requests, calls);
    if (principal.serviceLinked || expectation.kind === 'any') return finish([]);

    // A file may hold principals of several accounts; each is asked about its own.
    const { accountId, partition } = placeOf(principal, options);
    const observedSet = sets.observed(principal);
    const expectedSet = sets.expected(expectation);
    const base = { accountId, principal, expectation, expectedSet, actions };
    if (observedSet instanceof PolicyError) {
      const problems = [observedSet.message];
      return finish(comparePrincipal({ ...base, observations: [], gaps: [], problems }));
    }
    // Every action has been decided, in every case, by there being no statement about it.
    const silent = grantsNothing(observedSet, actions) && grantsNothing(expectedSet, actions);
    if (silent && principal.unreadable.length === 0) return finish([], actions.length);

    const input = {
      observed: observedSet,
      expected: expectedSet,
      ...sessions.of(principal, [observedSet, expectedSet], callers),
      baseline,
      actions,
      accountId,
      partition,
    };
    const plan = planRequests(input);
    const { requests, gaps } = plan;
    const work = worked.get(plan) ?? workOut(plan, input, simulate !== undefined);
    worked.set(plan, work);

    const simulated = await (work.calls.length > 0
      ? simulate?.(principal.arn, askedOf(principal, requests), work.calls)
      : undefined);
    const suppressionOf = (action: string) => expectations.suppressionFor(principal, action, today);
    const compared = { ...base, observedSet, gaps, suppressionOf };
    if (simulated !== undefined || principal.unreadable.length > 0) {
      const observations = observationsOf(plan, work, simulated);
      const calls = simulated === undefined ? 0 : work.calls.length;
      return finish(comparePrincipal({ ...compared, observations }), requests.length, calls);
    }
    // The documents alone say the same of everybody with this plan and expectation, suppressions aside.
    let templates = work.templates.get(expectation);
    if (templates === undefined) {
      const observations = observationsOf(plan, work);
      templates = sharedFindingsOf({ ...compared, observations, suppressionOf: () => undefined });
      work.templates.set(expectation, templates);
    }
    const suppressed = templates.some((one) => one.actions.some(({ action }) => suppressionOf(action)));
    const findings = suppressed
      ? comparePrincipal({ ...compared, observations: observationsOf(plan, work) })
      : findingsOf(templates, base);
    return finish(findings, requests.length);
  };
  const dependsOnCallers = (principal: Principal): boolean => {
    const expectation = expectations.expectationFor(principal);
    if (principal.serviceLinked || expectation.kind === 'any') return false;
    const observed = sets.observed(principal);
    if (observed instanceof PolicyError) return false;
    return sessions.dependsOnCallers(principal, [observed, sets.expected(expectation)]);
  };
  return Object.assign(check, { dependsOnCallers });
}

function placeOf({ arn }: Principal, otherwise: Pick<CheckOptions, 'accountId' | 'partition'>) {
  const { accountId, partition } = arnParts(arn);
  return /^\d{12}$/.test(accountId) ? { accountId, partition } : otherwise;
}

/** IAM reads the policies that could not be read here, so its answers are about this principal alone. */
function askedOf({ unreadable }: Principal, requests: readonly Request[]): readonly Request[] {
  return unreadable.length > 0 ? [...requests] : requests;
}

/** What all principals of one plan share. */
interface Worked {
  readonly evaluated: readonly Evidence[];
  /** None where neither the policies nor the expectation can allow anything: IAM need not be asked. */
  readonly calls: readonly SimulationCall[];
  /** What the documents alone show, where no suppression applies. */
  readonly templates: Map<Expectation, readonly SharedFinding[]>;
}

function workOut(plan: Plan, input: Parameters<typeof isOutOfReach>[0], simulates: boolean): Worked {
  return {
    evaluated: evaluateRequests(input.observed, plan.requests),
    calls: !simulates || isOutOfReach(input) ? [] : groupCalls(plan.requests),
    templates: new Map(),
  };
}

function observationsOf(plan: Plan, work: Worked, simulated?: readonly Evidence[]): Observation[] {
  return plan.requests.map((request, index) => {
    const evidence = [work.evaluated[index], simulated?.[index]].filter((one) => one !== undefined);
    return { request, evidence };
  });
}

function checkOf(
  principal: Principal,
  expectation: Expectation,
  findings: readonly Finding[],
  requests: number,
  calls: number,
): PrincipalCheck {
  const result: PrincipalResult = {
    subject: subjectName(principal),
    arn: principal.arn,
    status: statusOf(principal, expectation, findings),
    expected: expectation.label,
    ...noteOf(principal, expectation),
    requests,
    calls,
  };
  return { principal, expectation, findings, result };
}

function noteOf(principal: Principal, expectation: Expectation): { readonly note?: string } {
  if (principal.serviceLinked) {
    return { note: 'service-linked role: AWS fixes its permissions, and the simulator does not take it' };
  }
  if (expectation.kind === 'any') {
    return { note: expectation.administrator ? 'administrator' : 'the expectation is "any"' };
  }
  return {};
}
