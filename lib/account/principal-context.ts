import { arnParts } from './arn.ts';
import type { Principal, PrincipalContext } from './types.ts';

/** The session name under which a role is asked about; it only shows in aws:userid. */
const SESSION = 'permission-check';

/**
 * The context keys that IAM itself knows of a principal and that are in every request it makes. A role is asked about
 * as the session that uses it; aws:PrincipalArn is then still the role's ARN, with its path, and there is no
 * aws:username. Session tags are not known, and left out.
 *
 * Source: IAM User Guide, "AWS global condition context keys", "Properties of the principal".
 */
export function principalContext(principal: Principal): PrincipalContext {
  const { kind, arn, name, id, tags } = principal;
  const tagKeys = Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value] as const);
  return {
    'aws:PrincipalArn': arn,
    'aws:PrincipalAccount': arnParts(arn).accountId,
    'aws:PrincipalType': kind === 'user' ? 'User' : 'AssumedRole',
    'aws:userid': kind === 'user' ? id : `${id}:${SESSION}`,
    ...(kind === 'user' ? { 'aws:username': name } : {}),
    ...Object.fromEntries(tagKeys),
  };
}
