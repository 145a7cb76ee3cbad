import type { CompiledSet } from '@permission-check/iam-policy';
import { mayHaveAccess } from '@permission-check/iam-policy';
import { contextKey } from './group.ts';
import { makePlan } from './make-plan.ts';
import { factsThatMatter } from './relevant-facts.ts';
import type { Plan, PlanInput } from './types.ts';

/** What is the same for all principals of a run. */
export interface PlanSetting extends Pick<PlanInput, 'baseline' | 'actions' | 'knownResources'> {
  /** When to stop searching for the plan that is being made. */
  readonly endOfSearch?: (() => number) | undefined;
}

/** What a plan is made from, beside the setting. */
export type PlannedPrincipal = Omit<PlanInput, keyof PlanSetting>;

/** Plans that are kept for one pair of sets: principals differ in the facts that the sets read. */
const maxRemembered = 5_000;

/** Plans requests, once for all principals that have the same policies, expectation, account and relevant facts. */
export class Planner {
  readonly #setting: PlanSetting;
  /** By the two sets; then by everything else that makes a difference. */
  readonly #plans = new WeakMap<CompiledSet, WeakMap<CompiledSet, Map<string, Plan>>>();

  constructor(setting: PlanSetting) {
    this.#setting = setting;
  }

  /** The plan of `planRequests`; the same object for principals that are to be asked the same. */
  planFor(principal: PlannedPrincipal): Plan {
    const { endOfSearch, ...setting } = this.#setting;
    const until = endOfSearch?.();
    const input = withWhatMatters({ ...setting, ...principal, until });
    const { accountId, partition, facts } = input;
    const plans = this.#plansOf(principal);
    const key = JSON.stringify([partition, accountId, contextKey(facts), sessionKey(principal)]);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = makePlan(input);
    // What was cut off for want of time is searched again when there is some.
    if (until !== undefined && performance.now() > until) return plan;
    if (plans.size >= maxRemembered) plans.clear();
    plans.set(key, plan);
    return plan;
  }

  #plansOf({ observed, expected }: PlannedPrincipal): Map<string, Plan> {
    const byExpected = this.#plans.get(observed) ?? new WeakMap<CompiledSet, Map<string, Plan>>();
    this.#plans.set(observed, byExpected);
    const plans = byExpected.get(expected) ?? new Map<string, Plan>();
    byExpected.set(expected, plans);
    return plans;
  }
}

/**
 * The requests to ask about one principal: every action once in the baseline (on `*` where it has no resource type,
 * else on an ARN of each of its types), and the witnesses that distinguish what is observed from what is expected.
 * What could not be decided is in `gaps`.
 */
export function planRequests(input: PlanInput): Plan {
  return makePlan(withWhatMatters(input));
}

/** The input without the facts that no policy reads. */
function withWhatMatters(input: PlanInput): PlanInput {
  const { observed, expected, facts, actions } = input;
  return { ...input, facts: factsThatMatter([observed, expected], actions, facts) };
}

/** The same text for sessions that vary alike. */
function sessionKey({ session }: PlannedPrincipal): string {
  if (session === undefined || (session.free.size === 0 && session.lacks.length === 0)) return '';
  return JSON.stringify([[...session.free], session.possible, session.lacks]);
}

/**
 * Whether a principal needs no call at all: neither its policies nor the expectation can allow any of the actions
 * in any case.
 */
export function isOutOfReach(input: PlannedPrincipal & Pick<PlanInput, 'actions'>): boolean {
  const { observed, expected, facts, actions, session } = input;
  if (session !== undefined && session.free.size > 0) return false;
  const names = actions.map(({ action }) => action);
  return !mayHaveAccess(observed.possible, names, facts) && !mayHaveAccess(expected.possible, names, facts);
}
