import {
  type CognitoIdentityClient,
  DescribeIdentityPoolCommand,
  GetIdentityPoolRolesCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cognito-identity';
import * as z from 'zod/mini';
import { type IamCaller, iamCall } from '#lib/iam/call.ts';
import {
  absentPool,
  type IdentityPool,
  identityPoolDetail,
  identityPoolOf,
  regionOf,
} from './identity-pools.ts';

/**
 * Reads identity pools, as far as the caller may: one that Cognito does not answer about is left out, one whose roles it
 * does not say hands out any role, and of one that it does not find it is known that the account does not have it. Needs cognito-identity:DescribeIdentityPool and cognito-identity:GetIdentityPoolRoles.
 *
 * @param clientOf the client for a Region, which is the first part of a pool's id.
 */
export async function readIdentityPools(
  ids: readonly string[],
  clientOf: (region: string) => CognitoIdentityClient,
  caller: IamCaller,
): Promise<readonly IdentityPool[]> {
  const read = ids.map((id) =>
    readPool(id, clientOf(regionOf(id)), caller).catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) return absentPool(id);
      // Its guests are taken to come, as where nobody reads pools.
      caller.signal?.throwIfAborted();
      return undefined;
    }),
  );
  return (await Promise.all(read)).flatMap((one) => one ?? []);
}

async function readPool(
  IdentityPoolId: string,
  client: CognitoIdentityClient,
  caller: IamCaller,
): Promise<IdentityPool> {
  const pool = await iamCall(caller, 'cognito-identity:DescribeIdentityPool', (options) =>
    client.send(new DescribeIdentityPoolCommand({ IdentityPoolId }), options),
  );
  const Roles = await readRoles(IdentityPoolId, client, caller);
  return identityPoolOf(z.parse(identityPoolDetail, { ...pool, ...(Roles && { Roles }) }));
}

/** The roles that a pool hands out; undefined where Cognito does not say. */
async function readRoles(IdentityPoolId: string, client: CognitoIdentityClient, caller: IamCaller) {
  try {
    const { Roles = {} } = await iamCall(caller, 'cognito-identity:GetIdentityPoolRoles', (options) =>
      client.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }), options),
    );
    return Roles;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) throw error;
    caller.signal?.throwIfAborted();
    return undefined;
  }
}
