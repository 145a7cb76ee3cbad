import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalApiCall } from '../../src/api-call.ts';
import { CognitoIdentity } from '../../src/cognito-identity/service.ts';
import { call } from '../request.ts';
import { account, roleArn, start } from '../start.ts';

let local: Awaited<ReturnType<typeof start>>;
let service: CognitoIdentity;
let calls: LocalApiCall[];
beforeEach(async () => {
  local = await start({ account: account({}) });
  service = new CognitoIdentity(local.aws.world);
  calls = [];
  local.aws.world.onApiCall((one) => calls.push(one));
});
afterEach(() => local.aws.stop());

const ask = async (operation: string, json: unknown, allowed?: readonly string[]) =>
  (await call(service, { operation, json, ...(allowed && { allowed }) })).json;

it('keeps identity pools and their roles, and tells of each change', async () => {
  const made = await ask('CreateIdentityPool', {
    IdentityPoolName: 'guests',
    AllowUnauthenticatedIdentities: true,
  });
  expect(made).toMatchObject({
    IdentityPoolId: expect.stringMatching(/^us-east-1:[0-9a-f-]{36}$/),
    AllowUnauthenticatedIdentities: true,
    AllowClassicFlow: false,
  });
  const { IdentityPools } = Object(await ask('ListIdentityPools', { MaxResults: 10 }));
  const [{ IdentityPoolId }] = IdentityPools;
  const Roles = { authenticated: roleArn('member'), unauthenticated: roleArn('guest') };
  await ask('SetIdentityPoolRoles', { IdentityPoolId, Roles });
  expect(calls.at(-1)).toMatchObject({
    service: 'cognito-identity',
    operation: 'SetIdentityPoolRoles',
    region: 'us-east-1',
    readOnly: false,
    requestParameters: { identityPoolId: IdentityPoolId, roles: Roles },
    responseElements: null,
  });
  expect(await ask('GetIdentityPoolRoles', { IdentityPoolId })).toEqual({ IdentityPoolId, Roles });
  expect(calls.at(-1)).toMatchObject({ operation: 'GetIdentityPoolRoles', readOnly: true });
  await ask('DeleteIdentityPool', { IdentityPoolId });
  await expect(ask('GetIdentityPoolRoles', { IdentityPoolId })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  });
  expect(calls.at(-1)).toMatchObject({ errorCode: 'ResourceNotFoundException', requestParameters: null });
});

it('lets nobody hand out a role whom IAM does not let pass it', async () => {
  const pool = { IdentityPoolName: 'guests', AllowUnauthenticatedIdentities: true };
  const { IdentityPoolId } = Object(await ask('CreateIdentityPool', pool));
  const set = (...allowed: string[]) =>
    ask('SetIdentityPoolRoles', { IdentityPoolId, Roles: { unauthenticated: roleArn('guest') } }, allowed);
  await expect(set('cognito-identity:SetIdentityPoolRoles')).rejects.toMatchObject({
    code: 'AccessDeniedException',
  });
  await set('cognito-identity:SetIdentityPoolRoles', 'iam:PassRole');
});
