import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import { subjectName } from '#lib/words/labels.ts';

/** That nobody can say how the access of a principal changes: a policy of it is malformed, or could not be read. */
export function unknownChange(principal: Principal): Finding {
  const { arn, unreadable } = principal;
  const why = unreadable[0] ?? 'one of its policies, before or after, is not as IAM would take it';
  return {
    id: findingId(arnParts(arn).accountId, arn, 'inconclusive', ['change']),
    kind: 'inconclusive',
    severity: 'critical',
    subject: subjectName(principal),
    principalArn: arn,
    actions: [],
    by: [],
    summary: `What it gains or loses cannot be said: ${why}.`,
    remedies: ['Correct the policy, or give a complete account file.'],
  };
}
