import { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity';
import type { IdentityPool } from '#lib/account/identity-pools.ts';
import { readIdentityPools } from '#lib/account/read-identity-pools.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';

/** The identity pools of these ids that can be read. */
export const poolsOfStack = (ids: readonly string[], pace: Paced): Promise<readonly IdentityPool[]> =>
  readIdentityPools(ids, (region) => new CognitoIdentityClient({ ...REQUEST_LIMITS, region }), { pace });
