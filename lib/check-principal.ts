import { principalContext } from './account/principal-context.ts';
import type { Guardrails, Principal } from './account/types.ts';
import { actions, actionTable } from './catalog/actions.ts';
import { comparePrincipal, statusOf } from './compare/compare.ts';
import type { Finding, PrincipalResult } from './compare/types.ts';
import type { Expectations } from './expectation/expectations.ts';
import type { Expectation } from './expectation/types.ts';
import { evaluateRequests } from './observe/evaluate.ts';
import type { Evidence, Observation } from './observe/types.ts';
import { grantsNothing } from './plan/grants-nothing.ts';
import { groupCalls } from './plan/group.ts';
import { isOutOfReach, planRequests } from './plan/plan.ts';
import type { Plan, SimulationCall } from './plan/types.ts';
import { type CompiledSet, PolicyCompiler, PolicyError } from './policy/index.ts';
import type { Request } from './policy/types.ts';
import { expectedPolicies, observedPolicies } from './principal-sets.ts';

/** Asks IAM about a principal: one answer a request, in order. */
export type Simulate = (
  principalArn: string,
  requests: readonly Request[],
  calls: readonly SimulationCall[],
) => Promise<readonly Evidence[]>;

export interface CheckOptions {
  readonly accountId: string;
  readonly partition: string;
  readonly expectations: Expectations;
  readonly guardrails?: Guardrails | undefined;
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

/**
 * Prepares the check of any number of principals. Work is done once for each distinct set of policies: parsing,
 * compiling, planning, and evaluating.
 */
export function createChecker(options: CheckOptions): (principal: Principal) => Promise<PrincipalCheck> {
  const { accountId, partition, expectations, guardrails, today, simulate } = options;
  const compiler = new PolicyCompiler(actionTable);
  const { baseline } = expectations;
  const expectedSets = new WeakMap<Expectation, CompiledSet>();
  const worked = new WeakMap<Plan, Worked>();

  const expectedSetOf = (expectation: Expectation & { kind: 'sets' }): CompiledSet => {
    const known = expectedSets.get(expectation);
    if (known) return known;
    const set = compiler.compileSet(expectedPolicies(expectation));
    expectedSets.set(expectation, set);
    return set;
  };

  return async (principal) => {
    const expectation = expectations.expectationFor(principal);
    const base = { accountId, principal, expectation, actions };
    const finish = (findings: readonly Finding[], requests = 0, calls = 0): PrincipalCheck => ({
      principal,
      expectation,
      findings,
      result: {
        subject: `${principal.kind}/${principal.name}`,
        arn: principal.arn,
        status: statusOf(principal, expectation, findings),
        expected: expectation.label,
        ...noteOf(principal, expectation),
        requests,
        calls,
      },
    });
    if (principal.serviceLinked || expectation.kind === 'any') return finish([]);

    const observedSet = attempt(() => compiler.compileSet(observedPolicies(principal, guardrails)));
    const expectedSet = expectedSetOf(expectation);
    if (observedSet instanceof PolicyError) {
      const problems = [observedSet.message];
      return finish(comparePrincipal({ ...base, expectedSet, observations: [], gaps: [], problems }));
    }
    // Every action has been decided, in every case, by there being no statement about it.
    const silent = grantsNothing(observedSet, actions) && grantsNothing(expectedSet, actions);
    if (silent && principal.unreadable.length === 0) return finish([], actions.length);

    const facts = principalContext(principal);
    const input = {
      observed: observedSet,
      expected: expectedSet,
      facts,
      baseline,
      actions,
      accountId,
      partition,
    };
    const plan = planRequests(input);
    const work = worked.get(plan) ?? workOut(plan, input);
    worked.set(plan, work);

    const simulated = await (work.calls.length > 0
      ? simulate?.(principal.arn, plan.requests, work.calls)
      : undefined);
    const calls = simulated === undefined ? 0 : work.calls.length;
    const judgedBefore = simulated === undefined && principal.unreadable.length === 0;
    if (judgedBefore && work.quiet) return finish([], plan.requests.length);

    const observations = plan.requests.map((request, index): Observation => {
      const evidence = [work.evaluated[index], simulated?.[index]].filter((one) => one !== undefined);
      return { request, evidence };
    });
    const findings = comparePrincipal({
      ...base,
      observedSet,
      expectedSet,
      observations,
      gaps: plan.gaps,
      suppressionOf: (action) => expectations.suppressionFor(principal, action, today),
    });
    work.quiet ||= judgedBefore && findings.length === 0;
    return finish(findings, plan.requests.length, calls);
  };
}

/** What all principals of one plan share. */
interface Worked {
  readonly evaluated: readonly Evidence[];
  /** None where neither the policies nor the expectation can allow anything: IAM need not be asked. */
  readonly calls: readonly SimulationCall[];
  /** The documents alone have been compared, and nothing was found. */
  quiet: boolean;
}

function workOut(plan: Plan, input: Parameters<typeof isOutOfReach>[0]): Worked {
  return {
    evaluated: evaluateRequests(input.observed, plan.requests),
    calls: isOutOfReach(input) ? [] : groupCalls(plan.requests),
    quiet: false,
  };
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

function attempt<T>(act: () => T): T | PolicyError {
  try {
    return act();
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}
