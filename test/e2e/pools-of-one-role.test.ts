import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  DeleteIdentityPoolCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { type LocalAws, startLocalAws } from '@permission-check/embedded-aws';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { run } from '#test/cli/program.ts';
import { account, allow, document, roleArn, userArn } from '#test/support/embedded-aws.ts';
import { guestTrust } from '#test/support/guest-trust.ts';
import { readReport } from '#test/support/report.ts';

let local: LocalAws | undefined;
afterEach(() => local?.stop());

const readsIam = ['iam:Get*', 'iam:List*', 'iam:SimulatePrincipalPolicy'];
const readsPools = ['cognito-identity:DescribeIdentityPool', 'cognito-identity:GetIdentityPoolRoles'];

const mayUseFaces = { inline: { may: document(allow('rekognition:SearchFacesByImage')) } };
const allowed = (...actions: string[]) => ({ inline: { may: document(allow(actions)) } });

/** An account whose role/guest trusts guests of a pool that hands it to them. */
async function withPool(AllowUnauthenticatedIdentities = true) {
  const aws = await startLocalAws({
    catalog: rekognitionCatalog,
    account: account({
      users: {
        admin: allowed('*'),
        checker: allowed(...readsIam, ...readsPools),
        'iam-checker': allowed(...readsIam),
        describer: allowed(...readsIam, 'cognito-identity:DescribeIdentityPool'),
      },
      roles: { guest: mayUseFaces, worker: mayUseFaces },
    }),
  });
  local = aws;
  const admin = {
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(userArn('admin')),
  };
  const cognito = new CognitoIdentityClient(admin);
  const iam = new IAMClient(admin);
  onTestFinished(() => {
    cognito.destroy();
    iam.destroy();
  });
  const { IdentityPoolId = '' } = await cognito.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'visitors',
      AllowClassicFlow: false,
      AllowUnauthenticatedIdentities,
    }),
  );
  await cognito.send(
    new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: { unauthenticated: roleArn('guest') } }),
  );
  await iam.send(
    new UpdateAssumeRolePolicyCommand({ RoleName: 'guest', PolicyDocument: guestTrust(IdentityPoolId) }),
  );
  const asChecker = async (command: string, args: readonly string[], user = 'checker') => {
    const all = [command, ...args, '--format', 'json', '--calls-per-second', '1000'];
    return (await run(all, aws.envFor(userArn(user)))).stdout;
  };
  return {
    aws,
    IdentityPoolId,
    deletePool: () => cognito.send(new DeleteIdentityPoolCommand({ IdentityPoolId })),
    explained: async (role: string, user?: string) => {
      const text = await asChecker('explain', [`role/${role}`, 'SearchFacesByImage'], user);
      return z.object({ reachedBy: z.string() }).parse(JSON.parse(text)).reachedBy;
    },
    checked: async () => {
      const report = z.object({ findings: z.array(z.object({ kind: z.string(), summary: z.string() })) });
      const { findings } = report.parse(readReport(await asChecker('check', [])));
      return findings.filter(({ kind }) => kind === 'exposed').map(({ summary }) => summary);
    },
  };
}

const unread = 'whoever of this account can assume it or pass it on, which is not read here';
const ofCognito = (aws: LocalAws) => aws.calls().filter(({ service }) => service === 'cognito-identity');

test('explain reads the pools of a role that guests come to, and of no other', async () => {
  const { aws, IdentityPoolId, explained } = await withPool();
  const before = ofCognito(aws).length;
  expect(await explained('worker')).not.toContain('Cognito');
  expect(ofCognito(aws)).toHaveLength(before);
  expect(await explained('guest')).toBe(
    `anyone on the internet (guests of Cognito pool ${IdentityPoolId}); ${unread}`,
  );
  expect(
    ofCognito(aws)
      .slice(before)
      .map(({ operation }) => operation),
  ).toEqual(['DescribeIdentityPool', 'GetIdentityPoolRoles']);
});

test('a pool that admits no guests lets none come', async () => {
  const { explained } = await withPool(false);
  expect(await explained('guest')).toBe(unread);
});

test('where explain may not read pools, it is not known whether they admit guests', async () => {
  const { IdentityPoolId, explained } = await withPool(false);
  expect(await explained('guest', 'iam-checker')).toBe(
    `anyone on the internet (guests of Cognito pool ${IdentityPoolId}, if it admits any); ${unread}`,
  );
});

test('what a pool says of guests counts where explain may not read its roles', async () => {
  const closed = await withPool(false);
  expect(await closed.explained('guest', 'describer')).toBe(unread);
  await closed.aws.stop();
  const open = await withPool();
  expect(await open.explained('guest', 'describer')).toBe(
    `anyone on the internet (guests of Cognito pool ${open.IdentityPoolId}); ${unread}`,
  );
});

test('of a pool that the account does not have, or not any more, that is said', async () => {
  const { IdentityPoolId, deletePool, checked, explained } = await withPool(false);
  expect(await checked()).toEqual([]);
  await deletePool();
  const guests = `anyone on the internet (guests of Cognito pool ${IdentityPoolId}, if another account has it and it admits any)`;
  expect(await explained('guest')).toBe(`${guests}; ${unread}`);
  expect(await checked()).toEqual([expect.stringContaining(`role/guest can be assumed by ${guests}`)]);
});
