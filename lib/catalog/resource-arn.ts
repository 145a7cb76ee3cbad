import { canMatch, type TextPattern, textForm } from '@permission-check/iam-policy';
import { resourceTypes } from './actions.ts';
import type { ResourceTypeName } from './types.ts';

const forms: ReadonlyMap<string, RegExp> = new Map(
  resourceTypes.map(({ name, arn }) => [name, new RegExp(`^${arn.replace(/\$\{\w+\}/g, '[^/]+')}$`)]),
);

/** Whether an ARN has the form that resources of the type have, in whatever account and Region. */
export function isArnOf(type: ResourceTypeName, arn: string): boolean {
  return forms.get(type)?.test(arn) ?? false;
}

/** The pattern of the ARNs of all resources of a type, in any Region. */
export function anyArnOf(type: ResourceTypeName, partition: string, accountId: string): string {
  const arn = resourceTypes.find(({ name }) => name === type)?.arn ?? '*';
  return arn
    .replace('${Partition}', partition)
    .replace('${Account}', accountId)
    .replaceAll(/\$\{[^}]*\}/g, '*');
}

/** What an ARN, or a pattern of ARNs, has between its colons. The colon in a policy variable is none of them. */
export function arnSegments(pattern: string): string[] {
  return pattern.split(/:(?![^${}]*\})/);
}

/** Characters of names, ids and timestamps in Rekognition's ARNs. */
const nameChars = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-';

/** What follows the account in the ARNs of a type. */
const pathForms: ReadonlyMap<string, TextPattern> = new Map(
  resourceTypes.map(({ name, arn }) => {
    const parts = arn
      .split(':')
      .slice(5)
      .join(':')
      .split(/\$\{(\w+)\}/);
    const form = parts.map((part, i) =>
      i % 2 === 0 ? part : { someOf: part === 'CreationTimestamp' ? '0123456789' : nameChars },
    );
    return [name, textForm(form)];
  }),
);

/**
 * Whether a pattern of a policy can match an ARN of the type: `*`, or a pattern whose part after the account can be that
 * of such a resource, in whatever partition, Region and account.
 */
export function canNameType(type: ResourceTypeName, pattern: string): boolean {
  const form = pathForms.get(type);
  if (/^\*+$/.test(pattern) || form === undefined) return form !== undefined;
  const path = arnSegments(pattern).slice(5).join(':');
  return canMatch(path, form);
}
