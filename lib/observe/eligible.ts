import type { Request } from '@permission-check/iam-policy';
import { findAction } from '#lib/catalog/actions.ts';
import { isArnOf } from '#lib/catalog/resource-arn.ts';

/**
 * Whether IAM's simulator judges an action on a resource. It follows the Service Authorization Reference, and denies
 * an action on an ARN of a type that is not listed there, even under `Allow *`; live AWS judges CreateCollection and
 * CreateProject on such ARNs.
 */
export function isEligible({ action, resource }: Pick<Request, 'action' | 'resource'>): boolean {
  if (resource === '*') return true;
  const known = findAction(action);
  if (known === undefined) return true;
  return known.resourceTypes.some(({ name }) => isArnOf(name, resource));
}
