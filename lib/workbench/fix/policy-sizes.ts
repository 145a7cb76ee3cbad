import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { subjectName } from '#lib/words/labels.ts';

/** Characters without white space that the inline policies of one holder may have, and one managed policy. */
const limits = { user: 2_048, role: 10_240, group: 5_120, managed: 6_144 } as const;
/** Managed policies that can be attached to one user or role, where the quota has not been raised. */
const maxAttached = 10;

/**
 * Why IAM would not store the policies of a principal; undefined: it would. (IAM User Guide, "IAM and AWS STS quotas".)
 */
export function sizeProblem(principal: Principal): string | undefined {
  const { kind, policies } = principal;
  const inline = policies.filter(({ type }) => type === 'inline');
  for (const [group, own] of groupBy(inline, (policy) => policy.group ?? '')) {
    const limit = group === '' ? limits[kind] : limits.group;
    const size = own.reduce((sum, policy) => sum + sizeOf(policy), 0);
    const whose = group === '' ? subjectName(principal) : `group/${group}`;
    if (size > limit)
      return `the inline policies of ${whose} would have ${size} characters, more than ${limit}`;
  }
  const large = policies.find(
    (policy) => policy.type === 'customer-managed' && sizeOf(policy) > limits.managed,
  );
  if (large !== undefined) return `${large.name} would have more than ${limits.managed} characters`;
  const attached = policies.filter(({ type, group }) => type !== 'inline' && group === undefined);
  return attached.length > maxAttached
    ? `it would have more than ${maxAttached} managed policies`
    : undefined;
}

const sizeOf = ({ text }: PolicySource): number => text.replaceAll(/\s/g, '').length;
