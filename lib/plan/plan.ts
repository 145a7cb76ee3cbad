import type { CompiledSet } from '@permission-check/iam-policy';
import { mayHaveAccess } from '@permission-check/iam-policy';
import { contextKey } from './group.ts';
import { makePlan } from './make-plan.ts';
import { factsThatMatter } from './relevant-facts.ts';
import type { Plan, PlanInput } from './types.ts';

/** What does not change from principal to principal of a run. */
type Setting = Pick<PlanInput, 'baseline' | 'actions' | 'accountId' | 'partition'> & {
  readonly knownResources: readonly string[] | undefined;
};

const maxRemembered = 5_000;

/** Plans by the two sets; then by the facts that those sets ask for. Valid for one setting. */
let remembered:
  | { setting: Setting; plans: WeakMap<CompiledSet, WeakMap<CompiledSet, Map<string, Plan>>> }
  | undefined;

function plansFor(setting: Setting, observed: CompiledSet, expected: CompiledSet): Map<string, Plan> {
  const same =
    remembered !== undefined &&
    remembered.setting.baseline === setting.baseline &&
    remembered.setting.actions === setting.actions &&
    remembered.setting.accountId === setting.accountId &&
    remembered.setting.partition === setting.partition &&
    remembered.setting.knownResources === setting.knownResources;
  const current = same && remembered ? remembered : { setting, plans: new WeakMap() };
  remembered = current;
  const byExpected = current.plans.get(observed) ?? new WeakMap<CompiledSet, Map<string, Plan>>();
  current.plans.set(observed, byExpected);
  const plans = byExpected.get(expected) ?? new Map<string, Plan>();
  byExpected.set(expected, plans);
  return plans;
}

/**
 * The requests to ask about one principal: every action once in the baseline (on `*` where it has no resource type,
 * else on an ARN of each of its types), and the witnesses that tell apart what is observed and what is expected.
 *
 * Principals with the same policies, expectation and relevant facts get the same plan object. What could not be
 * decided is in `gaps`.
 */
export function planRequests(input: PlanInput): Plan {
  const { observed, expected, facts, baseline, actions, accountId, partition, knownResources } = input;
  const relevant = factsThatMatter([observed, expected], actions, facts);
  const plans = plansFor({ baseline, actions, accountId, partition, knownResources }, observed, expected);
  const key = `${contextKey(relevant)}${sessionKey(input)}`;
  let plan = plans.get(key);
  if (!plan) {
    plan = makePlan({ ...input, facts: relevant });
    if (plans.size >= maxRemembered) plans.clear();
    plans.set(key, plan);
  }
  return plan;
}

/** The same text for sessions that vary alike. */
function sessionKey({ session }: PlanInput): string {
  if (session === undefined || (session.free.size === 0 && session.lacks.length === 0)) return '';
  return JSON.stringify([[...session.free], session.possible, session.lacks]);
}

/**
 * Whether a principal needs no call at all: neither its policies nor the expectation can allow any of the actions
 * in any case.
 */
export function isOutOfReach(input: PlanInput): boolean {
  const { observed, expected, facts, actions, session } = input;
  if (session !== undefined && session.free.size > 0) return false;
  const names = actions.map(({ action }) => action);
  return !mayHaveAccess(observed, names, facts) && !mayHaveAccess(expected, names, facts);
}
