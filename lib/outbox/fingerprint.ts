import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Principal } from '#lib/account/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';

/**
 * Identifies everything in IAM and in the expectations that bears on a principal: its policies with their texts, its
 * boundary, its trust policy, its tags, and what is expected of it. When it is the same and the verdict is not, the cause lies
 * elsewhere: an organization's policy, or AWS.
 */
export function fingerprintOf(principal: Principal, expectation: Expectation): string {
  const hash = createHash('sha256');
  const add = (...parts: readonly string[]) =>
    hash.update(`${parts.map((part) => JSON.stringify(part)).join(',')}\n`);
  for (const policy of [...principal.policies]
    .map(({ name, group, text }) => [name, group ?? '', text])
    .sort())
    add(...policy);
  add('boundary', principal.boundary?.arn ?? '', principal.boundary?.text ?? '');
  if (principal.trust !== undefined) add('trust', principal.trust.text);
  for (const tag of Object.entries(principal.tags).sort()) add(...tag);
  add('expected', expectation.label);
  for (const { text } of expectation.assumedBy ?? []) add('assumed by', text);
  return hash.digest('hex').slice(0, 32);
}

const attributesSchema = z.tuple([
  z.enum(['user', 'role']),
  z.string(),
  z.string(),
  z.array(z.tuple([z.string(), z.string()])),
  z.array(z.string()),
  z.array(z.string()),
]);

/** What a rule of the expectations can go by: kind, name, path, tags, groups and attached policies. */
export function attributesOf({ kind, name, path, tags, groups, policies }: Principal): string {
  const attached = policies
    .flatMap(({ arn, group }) => (arn === undefined ? [] : [`${arn} ${group ?? ''}`]))
    .sort();
  return JSON.stringify([kind, name, path, Object.entries(tags).sort(), [...groups].sort(), attached]);
}

/** Whether what was remembered is the same as what there is now; earlier versions remembered a hash. */
export const isSameAttributes = (before: string | undefined, now: string | undefined): boolean =>
  before === now ||
  (now !== undefined && before === createHash('sha256').update(now).digest('hex').slice(0, 32));

/**
 * A principal as the rules saw it before: with what they go by as it was, and policies that say nothing.
 *
 * @returns `undefined` where that was not remembered
 */
export function withAttributes(principal: Principal, attributes: string): Principal | undefined {
  if (!attributes.startsWith('[')) return undefined;
  const [kind, name, path, tags, groups, attached] = attributesSchema.parse(JSON.parse(attributes));
  const policies = attached.map((one) => {
    const [arn = '', group = ''] = one.split(' ');
    const type = /^arn:[^:]+:iam::aws:/.test(arn) ? ('aws-managed' as const) : ('customer-managed' as const);
    const named = { name: arn.slice(arn.lastIndexOf('/') + 1), type, arn, text: silent };
    return group === '' ? named : { ...named, group };
  });
  const arn = `${principal.arn.split(':').slice(0, 5).join(':')}:${kind}${path}${name}`;
  return { ...principal, kind, name, path, arn, tags: Object.fromEntries(tags), groups, policies };
}

const silent = '{"Version":"2012-10-17","Statement":[]}';
