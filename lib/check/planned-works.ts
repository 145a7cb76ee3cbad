import type { CompiledSet } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { isOutOfReach, type PlannedPrincipal, Planner } from '#lib/plan/plan.ts';
import { factsThatMatter } from '#lib/plan/relevant-facts.ts';
import type { Plan, PlanInput } from '#lib/plan/types.ts';
import type { CheckOptions } from './check-options.ts';
import { placeOf } from './place.ts';
import { allShown, type PlannedWork } from './planned-work.ts';
import { PrincipalSessions } from './principal-sessions.ts';

/** A principal with the sets of policies that are held against each other. */
export interface SetsOfPrincipal {
  readonly principal: Principal;
  readonly observedSet: CompiledSet;
  readonly expectedSet: CompiledSet;
}

/** Plans the requests that tell two sets of policies apart, and decides them: once for all principals that share a plan. */
export class PlannedWorks {
  readonly #options: CheckOptions;
  readonly #planner: Planner;
  readonly #sessions: PrincipalSessions;
  readonly #works = new WeakMap<Plan, PlannedWork>();

  constructor(options: CheckOptions) {
    this.#options = options;
    const { baseline } = options.expectations;
    this.#planner = new Planner({ baseline, actions, endOfSearch: options.until });
    this.#sessions = new PrincipalSessions(baseline.context, actions, options.guardrails);
  }

  of({ principal, observedSet, expectedSet }: SetsOfPrincipal): PlannedWork {
    return this.#workFor({
      observed: observedSet,
      expected: expectedSet,
      ...this.#sessions.of(principal, [observedSet, expectedSet], this.#options.callers),
      ...placeOf(principal, this.#options),
    });
  }

  /** What a search about a principal is made from. */
  inputFor({ principal, observedSet, expectedSet }: SetsOfPrincipal): PlanInput {
    const sets = [observedSet, expectedSet];
    const { facts, session } = this.#sessions.of(principal, sets, this.#options.callers);
    return {
      observed: observedSet,
      expected: expectedSet,
      facts: factsThatMatter(sets, actions, facts),
      ...(session && { session }),
      baseline: this.#options.expectations.baseline,
      actions,
      ...placeOf(principal, this.#options),
    };
  }

  /** Whether what a principal's sessions can carry depends on who else there is in the account. */
  dependsOnCallers(principal: Principal, sets: readonly CompiledSet[]): boolean {
    return this.#sessions.dependsOnCallers(principal, sets);
  }

  /** What IAM answers; undefined where it is not asked. */
  async simulated(
    { principal, observedSet }: Pick<SetsOfPrincipal, 'principal' | 'observedSet'>,
    { plan, calls }: PlannedWork,
  ): Promise<readonly Evidence[] | undefined> {
    if (calls.length === 0) return undefined;
    // IAM reads what could not be read here, so its answers are about this principal alone.
    const alone = principal.unreadable.length > 0 || observedSet.unreadable.length > 0;
    return this.#options.simulate?.(principal.arn, alone ? [...plan.requests] : plan.requests, calls);
  }

  #workFor(principal: PlannedPrincipal): PlannedWork {
    const plan = this.#planner.planFor(principal);
    const known = this.#works.get(plan);
    if (known !== undefined) return known;
    const asks = this.#options.simulate !== undefined && !isOutOfReach({ ...principal, actions });
    const evaluated = evaluateRequests(principal.observed, plan.requests);
    const work: PlannedWork = {
      plan,
      evaluated,
      shown: allShown({ plan, evaluated }, principal.observed),
      calls: asks ? groupCalls(plan.requests) : [],
      shared: new Map(),
      beyond: new Map(),
    };
    this.#works.set(plan, work);
    return work;
  }
}
