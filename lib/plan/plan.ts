import {
  type CompiledSet,
  mayHaveAccess,
  RecentMap,
  type RequestContext,
} from '@permission-check/iam-policy';
import { contextKey } from './group.ts';
import { makePlan } from './make-plan.ts';
import { factsThatMatter, readsOf } from './relevant-facts.ts';
import { knownFacts } from './surroundings.ts';
import { ToldApart } from './told-apart.ts';
import type { Plan, PlanInput } from './types.ts';

/** What is the same for all principals of a run. */
export interface PlanSetting extends Pick<PlanInput, 'baseline' | 'actions' | 'knownResources'> {
  /** When to stop searching for the plan that is being made. */
  readonly endOfSearch?: (() => number) | undefined;
}

/** What a plan is made from, beside the setting. */
export type PlannedPrincipal = Omit<PlanInput, keyof PlanSetting>;

/** Sets whose plans are kept: with what IAM answers to it, a plan takes ten times what its set does. */
const maxSets = 1_000;

/** Plans that are kept for one pair of sets: principals differ in the facts that the sets read. */
const maxRemembered = 5_000;

/** Plans requests, once for all principals that have the same policies, expectation, account and relevant facts. */
export class Planner {
  readonly #setting: PlanSetting;
  /** By the two sets. */
  readonly #plans = new RecentMap<Map<CompiledSet, PlansOfSets>, CompiledSet>(maxSets);

  constructor(setting: PlanSetting) {
    this.#setting = setting;
  }

  /** The plan of `planRequests`; the same object for principals that are to be asked the same. */
  planFor(principal: PlannedPrincipal): Plan {
    const { endOfSearch, ...setting } = this.#setting;
    const until = endOfSearch?.();
    const input = withWhatMatters({ ...setting, ...principal, until });
    const { accountId, partition, facts } = input;
    const { own, alike, toldApart } = this.#plansOf(principal);
    const others = [partition, accountId, sessionKey(principal)];
    const key = JSON.stringify([...others, contextKey(facts)]);
    const known = own.get(key);
    if (known !== undefined) return known;
    const likeness = JSON.stringify([...others, ...likenessOf(input, toldApart)]);
    const model = alike.get(likeness) ?? { plan: makePlan(input), facts };
    const plan = model.facts === facts ? model.plan : withFacts(model.plan, model.facts, facts);
    // What was cut off for want of time is searched again when there is some.
    if (until !== undefined && performance.now() > until) return plan;
    remember(alike, likeness, model);
    remember(own, key, plan);
    return plan;
  }

  #plansOf({ observed, expected }: PlannedPrincipal): PlansOfSets {
    const byExpected = this.#plans.getOrCreate(observed, () => new Map());
    const plans = byExpected.get(expected) ?? this.#plansFor([observed, expected]);
    byExpected.set(expected, plans);
    return plans;
  }

  #plansFor(sets: readonly CompiledSet[]): PlansOfSets {
    const statements = sets.flatMap((set) => [...readsOf(set, this.#setting.actions).statements]);
    // The simulator takes some tests otherwise.
    const isPlain = sets.every((set) => set.simulated === set);
    return { own: new Map(), alike: new Map(), ...(isPlain && { toldApart: new ToldApart(statements) }) };
  }
}

/** The plans of one pair of sets. */
interface PlansOfSets {
  /** By everything that makes a difference. */
  readonly own: Map<string, Plan>;
  /** By what the sets do not tell apart, with the facts of the principal that each was made for. */
  readonly alike: Map<string, { readonly plan: Plan; readonly facts: RequestContext }>;
  /** Absent: they tell everybody apart. */
  readonly toldApart?: ToldApart;
}

/** The same for principals of whom the same is to be asked, but that each has facts of its own. */
function likenessOf({ facts, session }: PlanInput, toldApart: ToldApart | undefined): readonly unknown[] {
  const known = knownFacts(facts, session);
  const varying = Object.entries(facts).filter(([key]) => !Object.hasOwn(known, key));
  return [Object.keys(facts), varying, toldApart?.factsOf(known) ?? known];
}

function remember<Value>(plans: Map<string, Value>, key: string, value: Value): void {
  if (plans.size >= maxRemembered) plans.clear();
  plans.set(key, value);
}

/** A plan as it is for another principal that the sets do not tell from the one that it was made for. */
function withFacts(plan: Plan, before: RequestContext, facts: RequestContext): Plan {
  const changed = Object.entries(facts).filter(([key, value]) => before[key] !== value);
  const contexts = new Map<RequestContext, RequestContext>();
  const contextOf = (context: RequestContext) => {
    const known = contexts.get(context) ?? { ...context, ...Object.fromEntries(changed) };
    contexts.set(context, known);
    return known;
  };
  const requests = plan.requests.map((request) => ({ ...request, context: contextOf(request.context) }));
  return { ...plan, requests };
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
