import { resourceTypes } from './actions.ts';
import type { ResourceTypeName } from './types.ts';

const forms: ReadonlyMap<string, RegExp> = new Map(
  resourceTypes.map(({ name, arn }) => [name, new RegExp(`^${arn.replace(/\$\{\w+\}/g, '[^/]+')}$`)]),
);

/** Whether an ARN has the form that resources of the type have, in whatever account and Region. */
export function isArnOf(type: ResourceTypeName, arn: string): boolean {
  return forms.get(type)?.test(arn) ?? false;
}
