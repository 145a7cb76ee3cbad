import { createHash } from 'node:crypto';
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

/** Identifies what a rule of the expectations can go by: kind, name, path, tags, groups and attached policies. */
export function attributesOf({ kind, name, path, tags, groups, policies }: Principal): string {
  const attached = policies
    .flatMap(({ arn, group }) => (arn === undefined ? [] : [`${arn} ${group ?? ''}`]))
    .sort();
  const about = [kind, name, path, Object.entries(tags).sort(), [...groups].sort(), attached];
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 32);
}
