import { ListUsersCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { PolicySource } from '@permission-check/iam-policy';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  account,
  allow,
  deny,
  document,
  policyArn,
  policyText,
  roleArn,
  type Statement,
  start,
} from '../start.ts';

const everything = { all: document(allow('*')) };
const guardrail = (type: 'scp' | 'rcp', ...statements: readonly Statement[]): PolicySource => ({
  name: `${type}-1`,
  type,
  text: policyText(...statements),
});

const roles = {
  silent: {},
  denied: { inline: { ...everything, no: document(deny('iam:ListUsers')) } },
  bounded: { inline: everything, boundary: policyArn('limit') },
  boundaryDenies: { inline: everything, boundary: policyArn('wall') },
  scpDenies: { inline: everything, tags: { Blocked: 'explicit' } },
  scpSilent: { inline: everything, tags: { Blocked: 'implicit' } },
  fine: { inline: everything },
};

const guardrails = {
  scps: [
    [
      guardrail(
        'scp',
        allow('*', { Condition: { StringNotEquals: { 'aws:PrincipalTag/Blocked': 'implicit' } } }),
      ),
      guardrail(
        'scp',
        deny('iam:*', { Condition: { StringEquals: { 'aws:PrincipalTag/Blocked': 'explicit' } } }),
      ),
    ],
  ],
  // RCPs bind the calls of some services only, and IAM is not one of them.
  rcps: [[guardrail('rcp', allow('*', { Principal: '*' }), deny('iam:*', { Principal: '*' }))]],
};

const parts = {
  roles,
  policies: { limit: document(allow('s3:*')), wall: document(allow('*'), deny('iam:List*')) },
};

let local: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  local = await start({ account: account(parts), guardrails });
});
afterAll(() => local.aws.stop());

it.each([
  ['silent', 'because no identity-based policy allows the iam:ListUsers action'],
  ['denied', 'with an explicit deny in an identity-based policy'],
  ['bounded', 'because no permissions boundary allows the iam:ListUsers action'],
  ['boundaryDenies', 'with an explicit deny in a permissions boundary'],
  ['scpDenies', 'with an explicit deny in a service control policy'],
  ['scpSilent', 'because no service control policy allows the iam:ListUsers action'],
])('names what refused %s', async (role, reason) => {
  const { iam, sts } = local.clients(local.aws.envFor(roleArn(role)));
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  await expect(iam.send(new ListUsersCommand({}))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: ${Arn} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::123456789012:user/ ${reason}`,
  });
});

it('lets through what every layer allows', async () => {
  const { iam } = local.clients(local.aws.envFor(roleArn('fine')));
  expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
});

it('binds nobody in the management account by SCPs', async () => {
  const management = await start({ account: account(parts), guardrails, managementAccount: true });
  try {
    const { iam } = management.clients(management.aws.envFor(roleArn('scpDenies')));
    expect((await iam.send(new ListUsersCommand({}))).Users).toEqual([]);
  } finally {
    await management.aws.stop();
  }
});

it('binds the services by RCPs that it is told of', async () => {
  const catalog = { actions: [], managedPolicies: {}, rcpServices: new Set(['iam']) };
  const bound = await start({ account: account(parts), guardrails, catalog });
  try {
    const { iam } = bound.clients(bound.aws.envFor(roleArn('fine')));
    await expect(iam.send(new ListUsersCommand({}))).rejects.toThrow(
      'with an explicit deny in a resource control policy',
    );
  } finally {
    await bound.aws.stop();
  }
});
