import { createHash } from 'node:crypto';
import type { MatchedStatement, PolicySource } from '@permission-check/iam-policy';
import type { FindingKind } from '#lib/words/kinds.ts';
import type {} from './types.ts';

/** What tells one policy of a principal from another, whatever its version or text. */
export function policyKey(policy: PolicySource): string {
  return [policy.type, policy.group ?? '', policy.arn ?? policy.name].join('|');
}

/** What tells one statement from another: its Sid, else its place in the list; never its line. */
export function statementKey({ layer, policy, statement }: MatchedStatement): string {
  return `${layer}|${policyKey(policy)}#${statement.sid ?? statement.index}`;
}

/**
 * The same disagreement has the same id in every run, whatever the order in which its causes were found.
 * 16 hexadecimal digits; `subject` is the principal's ARN, or the name of what the finding is about.
 */
export function findingId(
  accountId: string,
  subject: string,
  kind: FindingKind,
  causes: readonly string[],
): string {
  const parts = [accountId, subject, kind, ...[...causes].sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
