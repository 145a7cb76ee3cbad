import { arnParts } from '#lib/account/arn.ts';
import { canNameType, isArnOf } from '#lib/catalog/resource-arn.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { InputError } from '#lib/errors.ts';
import { targetsOf } from '#lib/plan/make-plan.ts';
import type { PlanInput } from '#lib/plan/types.ts';

/**
 * The ARN that a person means, if the action can be asked on it.
 *
 * @throws {InputError} for one of another kind, with a name that none can have, or of another account: nobody is let at
 *   that by his own policies
 */
export function arnOf(
  resource: string,
  action: CatalogAction,
  { baseline, accountId, partition }: Pick<PlanInput, 'baseline' | 'accountId' | 'partition'>,
): string {
  if (resource === '*') return resource;
  const arn = resource.startsWith('arn:')
    ? resource
    : `arn:${partition}:rekognition:${baseline.region}:${accountId}:${resource}`;
  if (/[*?]/.test(arn)) throw new InputError(`"${resource}": name one resource, without wildcards`);
  const types = targetsOf(action).filter((target) => target !== '*');
  if (types.some((type) => isArnOf(type, arn))) {
    const own = arnParts(arn);
    if (own.accountId !== accountId || own.partition !== partition) {
      throw new InputError(
        `"${resource}" is of account ${own.accountId} (${own.partition}), and this is account ${accountId} (${partition}): what policies here say of it lets nobody at it`,
      );
    }
    if (types.some((type) => isArnOf(type, arn) && canNameType(type, arn))) return arn;
    throw new InputError(`"${resource}": names have letters, digits and . _ - only`);
  }
  throw new InputError(
    types.length === 0
      ? `${action.name} is not about a single resource: leave --resource out`
      : `${action.name} is not judged on "${resource}": it takes ${types.map((type) => forms[type]).join(', or ')}`,
  );
}

const forms = {
  collection: 'collection/NAME',
  dataset: 'project/NAME/dataset/train/TIMESTAMP',
  project: 'project/NAME/TIMESTAMP',
  projectversion: 'project/NAME/version/NAME/TIMESTAMP',
  streamprocessor: 'streamprocessor/NAME',
} as const;
