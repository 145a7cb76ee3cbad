import { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity';
import type { IdentityPool } from '#lib/account/identity-pools.ts';
import { readIdentityPools } from '#lib/account/read-identity-pools.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { knowingDeleted } from '#lib/outbox/remembered-pools.ts';
import type { RecordTable } from '#lib/outbox/table.ts';

/** The identity pools of these ids that can be read, and those that the account had and has no more. */
export async function poolsOfStack(
  ids: readonly string[],
  pace: Paced,
  table: RecordTable,
): Promise<readonly IdentityPool[]> {
  const clientOf = (region: string) => new CognitoIdentityClient({ ...REQUEST_LIMITS, region });
  return knowingDeleted(table, await readIdentityPools(ids, clientOf, { pace }));
}
