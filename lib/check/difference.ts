import {
  type CompiledSet,
  type Effort,
  gained,
  isPrincipalKey,
  type Request,
  type SearchSpace,
} from '@permission-check/iam-policy';
import { merged } from '#lib/plan/chosen-requests.ts';
import { targetsOf } from '#lib/plan/make-plan.ts';
import { surroundingsOf } from '#lib/plan/surroundings.ts';
import type { PlanInput } from '#lib/plan/types.ts';
import type { AccessDifference } from '#lib/report/difference.ts';
import { everySpaceOf } from './asked-space.ts';
import { numbering } from './numbering.ts';

/** Looked through for one difference at most: some seconds. */
const effortOfDifference = 3_000_000;

/**
 * What one policy set allows and another does not, for every action in every space, each action with a witness; and what
 * could not be settled. None of the three: proved equal.
 *
 * @param input its `expected` is the set before, its `observed` the set after
 * @param whose what the request says of who asks is that of the principal, or anything
 */
export function differenceOf(input: PlanInput, whose: 'own' | 'anybody' = 'own'): AccessDifference {
  const difference: Draft = { gained: [], lost: [], unsettled: [] };
  if (input.expected === input.observed) return difference;
  const directions = ['gained', 'lost'] as const;
  for (const { action, steps } of searched(input, directions, { left: effortOfDifference }, whose)) {
    for (const direction of directions) {
      const own = steps.filter((one) => one.direction === direction);
      const witness = own.find(({ request }) => request !== undefined)?.request;
      if (witness !== undefined) difference[direction].push({ ...witness, action });
      const reason = own.find((one) => one.reason !== undefined)?.reason;
      if (witness === undefined && reason !== undefined) difference.unsettled.push({ action, reason });
    }
  }
  return difference;
}

/** The actions of which the observed set allows something that the expected one does not, as a witness of each shows. */
export function surelyGained(input: PlanInput, effort: Effort): ReadonlySet<string> {
  const all = [...searched(input, ['gained'], effort)];
  const gainedOnes = all.filter(({ steps }) => steps.some(({ request }) => request !== undefined));
  return new Set(gainedOnes.map(({ action }) => action));
}

/** What a search in some directions finds for each action; actions of which the sets say the same are searched once. */
function* searched(
  input: PlanInput,
  directions: readonly Step['direction'][],
  effort: Effort,
  whose: 'own' | 'anybody' = 'own',
): Generator<{ readonly action: string; readonly steps: readonly Step[] }> {
  const { expected: before, observed: after, actions } = input;
  const surroundings = surroundingsOf(input);
  const alike = new Map<string, readonly Step[]>();
  const numberOf = numbering();
  const sets = [before, after, before.possible, after.possible];
  for (const entry of actions) {
    const { action } = entry;
    const plans = sets.map((set) => numberOf(set.plans.for(action)));
    const key = JSON.stringify([plans, targetsOf(entry), entry.conditionKeys]);
    const known = alike.get(key);
    const steps =
      known ??
      everySpaceOf(entry, input, surroundings).flatMap(({ space: own }) => {
        const space = whose === 'own' ? own : ofAnybody(own);
        return directions.map((direction) => step(direction, before, after, { action, space, effort }));
      });
    alike.set(key, steps);
    yield { action, steps };
  }
}

interface Draft {
  readonly gained: Request[];
  readonly lost: Request[];
  readonly unsettled: AccessDifference['unsettled'][number][];
}

/** What is known of the principal may be anything. */
const ofAnybody = (space: SearchSpace): SearchSpace => ({
  ...space,
  isKnown: (key) => !isPrincipalKey(key) && (space.isKnown?.(key) ?? false),
});

/** One search in one direction. */
interface Step {
  readonly direction: 'gained' | 'lost';
  readonly request?: Request;
  readonly reason?: string;
}

function step(
  direction: Step['direction'],
  before: CompiledSet,
  after: CompiledSet,
  comparison: Parameters<typeof gained>[2],
): Step {
  const result =
    direction === 'gained' ? gained(before, after, comparison) : gained(after, before, comparison);
  if (result.kind === 'none') return { direction };
  if (result.kind === 'unsettled') return { direction, reason: result.reason };
  const { resource, context } = result.request;
  return {
    direction,
    request: { action: comparison.action, resource, context: merged(context, comparison.space.known) },
  };
}

/** Whether two sets are proved to amount to the same. */
export const isEqual = ({ gained: more, lost, unsettled }: AccessDifference): boolean =>
  more.length === 0 && lost.length === 0 && unsettled.length === 0;

/** The actions of which the observed set allows anything that the expected one does not, or perhaps does. */
export function gainedOver(input: PlanInput): readonly string[] {
  const { gained: more, unsettled } = differenceOf(input);
  return [...more, ...unsettled].map(({ action }) => action);
}
