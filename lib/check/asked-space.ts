import type { SearchSpace } from '@permission-check/iam-policy';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { Target } from '#lib/plan/chosen-requests.ts';
import { targetsOf } from '#lib/plan/make-plan.ts';
import { type Surroundings, spaceOf } from '#lib/plan/surroundings.ts';
import type { PlanInput } from '#lib/plan/types.ts';
import { typeWords } from '#lib/words/scopes.ts';
import { arnOf } from './asked-arn.ts';

/** Where and when an action can be asked, for resources of one kind. */
export interface AskedSpace {
  /** `collection`; absent: of no resource. */
  readonly kind?: string;
  readonly space: SearchSpace;
}

/** Every space in which an action can be asked: one for each kind of resource. */
export function everySpaceOf(
  action: CatalogAction,
  input: PlanInput,
  surroundings: Surroundings,
  isMeant: (target: Target) => boolean = () => true,
): readonly AskedSpace[] {
  return targetsOf(action)
    .filter(isMeant)
    .map((target) => {
      const space = spaceOf({ target, actions: [action] }, input, surroundings);
      return target === '*' ? { space } : { kind: typeWords(target), space };
    });
}

/** The ARN that a resource, as it is asked for, means for an action; undefined where the action is not judged on it. */
export function meantBy(resource: string, action: CatalogAction, input: PlanInput): string | undefined {
  try {
    return arnOf(resource, action, input);
  } catch {
    return undefined;
  }
}

/** @throws InputError for a resource that none of the actions is judged on. */
export function assertAskable(
  resource: string,
  actions: readonly CatalogAction[],
  place: Pick<PlanInput, 'baseline' | 'accountId' | 'partition'>,
): void {
  let refusal: unknown;
  for (const action of actions) {
    try {
      arnOf(resource, action, place);
      return;
    } catch (error) {
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
}
