import { ListCollectionsCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import { AssumeRoleCommand, type Credentials, GetFederationTokenCommand } from '@aws-sdk/client-sts';
import { Rekognition } from '@permission-check/embedded-aws';
import { contextValue, type RequestContext } from '@permission-check/iam-policy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { checkAccount } from '#lib/check/account.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { createPace } from '#lib/iam/pace.ts';
import {
  account,
  accountId,
  allow,
  document,
  policyText,
  roleArn,
  start,
  userArn,
} from '#test/support/embedded-aws.ts';

const trust = (Action: string | readonly string[], rest: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action, ...rest }],
});
const under = (Condition: object) => ({
  own: document(allow('rekognition:ListCollections', { Condition })),
});
const tagged = under({ StringEquals: { 'aws:PrincipalTag/team': 'vision' } });
const named = under({ StringLike: { 'aws:userid': '*:maintenance' } });
const identified = under({ StringEquals: { 'aws:SourceIdentity': 'ana@corp' } });
const federated = {
  own: document(
    allow('rekognition:ListCollections', {
      Condition: {
        StringEquals: { 'aws:PrincipalType': 'FederatedUser', 'aws:PrincipalTag/team': 'vision' },
        StringLike: { 'aws:userid': '*:ops' },
      },
    }),
  ),
};
const all = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

let local: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  local = await start({
    services: [(world) => new Rekognition(world)],
    account: account({
      users: {
        caller: { inline: { may: document(allow(all)) } },
        federating: {
          inline: { ...federated, may: document(allow(['sts:GetFederationToken', 'sts:TagSession'])) },
        },
        'federating-untagged': { inline: { ...federated, may: document(allow('sts:GetFederationToken')) } },
      },
      roles: {
        tagged: { trust: trust(all), inline: tagged, tags: { Team: 'web' } },
        'tagged-by-nobody': { trust: trust('sts:AssumeRole'), inline: tagged, tags: { Team: 'web' } },
        named: { trust: trust(all), inline: named },
        'named-as-pinned': {
          trust: trust(all, { Condition: { StringLike: { 'sts:RoleSessionName': 'ci-*' } } }),
          inline: named,
        },
        identified: { trust: trust(all), inline: identified },
        'identified-by-nobody': { trust: trust(['sts:AssumeRole', 'sts:TagSession']), inline: identified },
      },
    }),
  });
});
afterAll(() => local.aws.stop());

/** The part of a witness that is behind the last `:` of aws:userid, the session's tags and source identity. */
function chosenIn(context: RequestContext) {
  const text = (key: string) => {
    const value = contextValue(context, key);
    return typeof value === 'string' ? value : undefined;
  };
  const team = text('aws:PrincipalTag/team');
  return {
    name: text('aws:userid')?.split(':')[1] ?? 'session',
    Tags: team === undefined || team === 'web' ? [] : [{ Key: 'team', Value: team }],
    SourceIdentity: text('aws:SourceIdentity'),
  };
}

async function begin(subject: string, context: RequestContext): Promise<Credentials | undefined> {
  const [kind, target = ''] = subject.split('/');
  const { name, Tags, SourceIdentity } = chosenIn(context);
  const sts = (user: string) => local.clients(local.aws.envFor(userArn(user))).sts;
  if (kind === 'role') {
    const session = { RoleArn: roleArn(target), RoleSessionName: name, Tags, SourceIdentity };
    return (await sts('caller').send(new AssumeRoleCommand(session))).Credentials;
  }
  const Policy = policyText(allow('rekognition:*'));
  return (await sts(target).send(new GetFederationTokenCommand({ Name: name, Tags, Policy }))).Credentials;
}

async function listCollections(credentials: Credentials | undefined): Promise<string> {
  const rekognition = new RekognitionClient({
    region: 'us-east-1',
    endpoint: local.aws.endpoint,
    maxAttempts: 1,
    credentials: {
      accessKeyId: credentials?.AccessKeyId ?? '',
      secretAccessKey: credentials?.SecretAccessKey ?? '',
      ...(credentials?.SessionToken && { sessionToken: credentials.SessionToken }),
    },
  });
  try {
    await rekognition.send(new ListCollectionsCommand({}));
    return 'allowed';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  } finally {
    rekognition.destroy();
  }
}

test('a session begun as the witness of a finding says is let through, and no other is found', async () => {
  const pace = createPace({ callsPerSecond: Number.POSITIVE_INFINITY, concurrency: 4 });
  const { findings } = await checkAccount(await accountFromIam(local.iam, { pace }), {
    expectations: builtInExpectations(),
  });
  const excess = findings.filter(({ kind }) => kind === 'excess');
  expect(excess.map(({ subject }) => subject).sort()).toEqual([
    'role/identified',
    'role/named',
    'role/tagged',
    'user/federating',
  ]);
  for (const { subject, actions } of excess) {
    const context = actions[0]?.witness?.context ?? {};
    expect([subject, await listCollections(await begin(subject, context))]).toEqual([subject, 'allowed']);
  }
});

test.each([
  ['role/tagged', {}],
  ['role/named', {}],
  ['role/identified', {}],
  ['user/federating', { 'aws:userid': `${accountId}:ops` }],
])('a session of %s that chooses nothing is denied', async (subject, context) => {
  expect(await listCollections(await begin(subject, context))).toBe('AccessDeniedException');
});

test.each([
  ['role/tagged-by-nobody', { 'aws:PrincipalTag/team': 'vision' }],
  ['role/named-as-pinned', { 'aws:userid': 'AROA:maintenance' }],
  ['role/identified-by-nobody', { 'aws:SourceIdentity': 'ana@corp' }],
  ['user/federating-untagged', { 'aws:userid': `${accountId}:ops`, 'aws:PrincipalTag/team': 'vision' }],
])('nobody can begin the session that would open %s', async (subject, context) => {
  await expect(begin(subject, context)).rejects.toMatchObject({ name: 'AccessDenied' });
});
