import type { Effort, Found, Goal, RequestContext, SearchSpace } from '@permission-check/iam-policy';
import { Contrast, contextValue, decide, perhapsGained } from '@permission-check/iam-policy';
import { isJudgedOnNone } from '#lib/catalog/actions.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { regionOf } from './arns.ts';
import { ChosenRequests, type Group, merged, type Target } from './chosen-requests.ts';
import { NormalRequests } from './normal-requests.ts';
import { readsOf } from './relevant-facts.ts';
import { knownFacts, type Surroundings, spaceOf, surroundingsOf } from './surroundings.ts';
import type { Plan, PlanInput, PlannedRequest } from './types.ts';

/** What an action is asked on; `*` where calls of it can be about no resource. */
export function targetsOf(entry: CatalogAction): Target[] {
  const types = entry.resourceTypes.map(({ name }) => name);
  return [...(isJudgedOnNone(entry) ? (['*'] as const) : []), ...types, ...entry.alsoJudgedOn];
}

/** Makes a plan; `facts` are the facts that some policy reads. */
export function makePlan(input: PlanInput): Plan {
  const { facts, actions } = input;
  const surroundings = surroundingsOf(input);
  const { arns, usual } = surroundings;
  const chosen = new ChosenRequests(usual, knownFacts(facts, input.session));
  for (const { entry, targets } of targetedOf(actions)) {
    for (const { target } of targets) {
      const resource = target === '*' ? '*' : arns.neutral(target);
      chosen.add({ target, actions: [entry] }, { resource, context: usual }, 'baseline');
    }
  }
  const effort = { left: effortOfPlan, ...(input.until !== undefined && { until: input.until }) };
  const normal = normalRequestsOf(input, surroundings);
  const making = { ...surroundings, chosen, effort, normal };
  const groups = groupsOf(input);
  for (const group of groups) addWitnesses(group, input, making);
  if (!surroundings.everyRegion) for (const group of groups) chosen.gap(group, inEveryRegion, true);
  const requests = [...chosen.requests.values()].map((request): PlannedRequest => {
    const { action, resource, context, purpose } = request;
    return { action, resource, context, purpose, normal: normal.isDecisive(request, effort) };
  });
  return { requests, gaps: [...chosen.gaps.values()], doubts: [...chosen.doubts.values()] };
}

/** The normal requests of a principal: those that can be missing. */
export function normalRequestsOf(
  input: PlanInput,
  { usual, regions }: Surroundings = surroundingsOf(input),
): NormalRequests {
  const { observed, expected, facts, session, baseline, actions } = input;
  const context = merged(usual, knownFacts(facts, session));
  const { keys } = readsOf(observed, actions);
  return new NormalRequests({ observed, expected }, context, baseline.region, regions, keys);
}

function groupsOf({ observed, expected, actions }: PlanInput): Group[] {
  const numbers = new Map<unknown, number>();
  const numberOf = (plan: unknown) => {
    const number = numbers.get(plan) ?? numbers.size;
    numbers.set(plan, number);
    return number;
  };
  const groups = new Map<string, Group>();
  for (const { entry, targets } of targetedOf(actions)) {
    const plans = [observed, observed.possible, expected, expected.possible]
      .map((set) => numberOf(set.plans.for(entry.action)))
      .join(' ');
    for (const { target, kind } of targets) {
      const key = `${plans} ${kind}`;
      const group = groups.get(key) ?? { target, actions: [] };
      groups.set(key, group);
      group.actions.push(entry);
    }
  }
  return [...groups.values()];
}

/** An action with what it is asked on; `kind` is the same where the same can be asked. */
interface Targeted {
  readonly entry: CatalogAction;
  readonly targets: readonly { readonly target: Target; readonly kind: string }[];
}

const targeted = new WeakMap<readonly CatalogAction[], readonly Targeted[]>();

/** The actions with their targets, worked out once for all plans. */
function targetedOf(actions: readonly CatalogAction[]): readonly Targeted[] {
  const known = targeted.get(actions);
  if (known !== undefined) return known;
  const made = actions.map((entry): Targeted => {
    const about = [entry.conditionKeys, entry.resourceTypes.length > 0];
    const targets = targetsOf(entry).map((target) => ({ target, kind: JSON.stringify([target, ...about]) }));
    return { entry, targets };
  });
  targeted.set(actions, made);
  return made;
}

const inEveryRegion = { unknown: 'whether every Region is treated alike' };

interface Making extends Surroundings {
  readonly chosen: ChosenRequests;
  readonly effort: Effort;
  readonly normal: NormalRequests;
}

/** Done for one plan at most, so that no policy can hold up a check: about a third of a second. */
const effortOfPlan = 1_000_000;

function addWitnesses(group: Group, input: PlanInput, making: Making): void {
  const { observed, expected } = input;
  const action = group.actions[0]?.action;
  if (action === undefined) return;
  addDoubts(group, action, input, making);
  // Where neither resource nor context changes anything, the baseline request says it all.
  if (observed.plans.for(action).constant && expected.plans.for(action).constant) return;
  const { chosen, usual } = making;
  const space = spaceOf(group, input, making);
  const contrast = new Contrast({ observed, expected }, action, space, making.effort);
  const { region } = input.baseline;
  const isElsewhere = ({ resource }: Found) =>
    !making.asksRegion && resource !== '*' && regionOf(resource) !== region;
  const seek = (goal: Goal, excess = false): Found | 'none' | 'gave-up' => {
    const found = reused(goal, reusable(group, chosen, space, usual), contrast) ?? contrast.find(goal);
    if (found === 'gave-up') chosen.gap(group, goal, excess);
    else if (found !== 'none' && !(goal.limit && isElsewhere(found))) chosen.add(group, found, 'witness');
    return found;
  };
  for (const { side, whole, parts } of contrast.differences()) {
    if (side === 'expected') addMissing(group, action, input, making, space);
    else if (seek(whole, true) !== 'none') for (const part of parts()) seek(part, true);
  }
  for (const goal of contrast.boundaries()) seek(goal);
}

/** What the policies may allow beyond the expectation, where a part of them cannot be read. */
function addDoubts(group: Group, action: string, input: PlanInput, making: Making): void {
  const { observed, expected } = input;
  if (observed.possible === observed) return;
  const space = spaceOf(group, input, making);
  const found = perhapsGained(expected, observed, { action, space, effort: making.effort });
  if (found.kind === 'none') return;
  const doubt = found.kind === 'witness' ? doubtOf(found.request) : found.reason;
  making.chosen.doubt(group, doubt ?? 'a part of the policies cannot be read');

  function doubtOf({ resource, context }: Found): string | undefined {
    return decide(observed, { action, resource, context: merged(context, space.known) }).doubt;
  }
}

/** Normal requests that the expectation allows and the policies do not. */
function addMissing(
  group: Group,
  action: string,
  { observed, expected }: PlanInput,
  { normal, chosen, effort }: Making,
  space: SearchSpace,
): void {
  const contrast = new Contrast({ observed, expected }, action, normal.within(space, action), effort);
  const seek = (goal: Goal): boolean => {
    const found = contrast.find(goal);
    if (found === 'gave-up') chosen.gap(group, goal);
    else if (found !== 'none') chosen.add(group, found, 'witness');
    return found !== 'none';
  };
  for (const { side, whole, parts } of contrast.differences()) {
    if (side === 'expected' && seek(whole)) for (const part of parts()) seek(part);
  }
}

/** Requests whose resource and context are asked about already, so that they cost no further call. */
function* reusable(
  group: Group,
  chosen: ChosenRequests,
  space: SearchSpace,
  usual: RequestContext,
): Generator<Found> {
  const resources = group.target === '*' ? ['*'] : chosen.resources(group.target);
  for (const context of chosen.contexts()) {
    if (context !== usual && Object.keys(context).some((key) => space.isKnown?.(key))) continue;
    const region = contextValue(context, 'aws:RequestedRegion');
    for (const resource of resources) {
      const elsewhere = resource !== '*' && region !== undefined && region !== regionOf(resource);
      if (!elsewhere) yield { resource, context };
    }
  }
}

/** The first of some requests that shows what a goal asks for. */
function reused(goal: Goal, requests: Iterable<Found>, contrast: Contrast): Found | undefined {
  for (const request of requests) {
    if (contrast.isSpent) return undefined;
    if (contrast.shows(goal, request)) return request;
  }
  return undefined;
}
