import { GetUserCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account, accountId, allow, deny, document, policyText, roleArn, start, userArn } from '../start.ts';

const trust = (principal: string, rest: Record<string, unknown> = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole', ...rest }],
});
const root = `arn:aws:iam::${accountId}:root`;
const mayAssume = { assume: document(allow(['sts:AssumeRole', 'sts:TagSession'])) };

let local: Awaited<ReturnType<typeof start>>;
let now = new Date();

beforeAll(async () => {
  local = await start({
    account: account({
      users: {
        ann: { inline: mayAssume },
        fred: {
          inline: {
            federate: document(
              allow(['sts:GetFederationToken', 'sts:TagSession', 'sts:AssumeRole', 'sts:SetSourceIdentity']),
            ),
            own: document(
              allow('iam:ListUsers', {
                Condition: {
                  StringEquals: { 'aws:PrincipalType': 'FederatedUser', 'aws:PrincipalTag/team': 'web' },
                  StringLike: { 'aws:userid': '*:visitor' },
                },
              }),
            ),
          },
        },
        bob: {},
        eve: { inline: { no: document(deny('sts:AssumeRole')) } },
      },
      roles: {
        open: { trust: trust(root), inline: { all: document(allow('iam:*')) } },
        named: { trust: trust(userArn('bob')) },
        eves: { trust: trust(userArn('eve')) },
        external: { trust: trust(root, { Condition: { StringEquals: { 'sts:ExternalId': 'secret-7' } } }) },
        mfa: { trust: trust(root, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }) },
        service: {},
        identified: {
          trust: trust(root, { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] }),
          inline: {
            own: document(
              allow('iam:ListUsers', { Condition: { StringEquals: { 'aws:SourceIdentity': 'ann@corp' } } }),
            ),
          },
        },
        chained: { trust: trust(roleArn('open')) },
        tagging: {
          trust: trust(root, { Action: ['sts:AssumeRole', 'sts:TagSession'] }),
          inline: {
            abac: document(
              allow('iam:ListUsers', { Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'web' } } }),
            ),
          },
        },
      },
    }),
    clock: () => now,
  });
});
afterAll(() => local.aws.stop());
beforeEach(() => {
  now = new Date();
});

type Rest = Partial<AssumeRoleCommandInput>;

const assumeAs = (env: Readonly<Record<string, string>>, role: string, rest: Rest = {}) =>
  local
    .clients(env)
    .sts.send(new AssumeRoleCommand({ RoleArn: roleArn(role), RoleSessionName: 'session', ...rest }));

const assume = (user: string, role: string, rest: Rest = {}) =>
  assumeAs(local.aws.envFor(userArn(user)), role, rest);

const environment = ({ Credentials }: Awaited<ReturnType<typeof assume>>) => ({
  AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
  AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
  AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
});

describe('AssumeRole', () => {
  it('makes a session of the role', async () => {
    const answer = await assume('ann', 'open');
    expect(answer.AssumedRoleUser).toMatchObject({
      Arn: `arn:aws:sts::${accountId}:assumed-role/open/session`,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:session$/),
    });
    expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA/);
    const identity = await local.clients(environment(answer)).sts.send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(answer.AssumedRoleUser?.Arn);
    expect(identity.UserId).toBe(answer.AssumedRoleUser?.AssumedRoleId);
  });

  it.each<[string, string, string, Rest, boolean]>([
    ['the account trusted, own policies allow', 'ann', 'open', {}, true],
    ['the account trusted, own policies silent', 'bob', 'open', {}, false],
    ['the user trusted by name', 'bob', 'named', {}, true],
    ['somebody else trusted', 'ann', 'named', {}, false],
    ['the user trusted by name, own policies deny', 'eve', 'eves', {}, false],
    ['a service trusted', 'ann', 'service', {}, false],
    ['the external id missing', 'ann', 'external', {}, false],
    ['the wrong external id', 'ann', 'external', { ExternalId: 'secret-8' }, false],
    ['the external id given', 'ann', 'external', { ExternalId: 'secret-7' }, true],
    ['without MFA', 'ann', 'mfa', {}, false],
    [
      'with MFA',
      'ann',
      'mfa',
      { SerialNumber: `arn:aws:iam::${accountId}:mfa/ann`, TokenCode: '123456' },
      true,
    ],
    ['a role that does not exist', 'ann', 'nobody', {}, false],
    [
      'tags that the trust policy does not allow',
      'ann',
      'open',
      { Tags: [{ Key: 'Team', Value: 'web' }] },
      false,
    ],
  ])('%s', async (_, user, role, rest, allowed) => {
    const outcome = assume(user, role, rest);
    if (allowed) expect((await outcome).Credentials).toBeDefined();
    else {
      await expect(outcome).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining(
          `User: ${userArn(user)} is not authorized to perform: ${rest.Tags ? 'sts:TagSession' : 'sts:AssumeRole'} on resource: ${roleArn(role)}`,
        ),
      });
    }
  });

  it.each([
    ['a', 'Member must have length greater than or equal to 2'],
    ['x'.repeat(65), 'Member must have length less than or equal to 64'],
    ['two words', 'Member must satisfy regular expression pattern: [\\w+=,.@-]*'],
  ])('takes no session named %s', async (RoleSessionName, constraint) => {
    await expect(assume('ann', 'open', { RoleSessionName })).rejects.toMatchObject({
      name: 'ValidationError',
      message: `1 validation error detected: Value '${RoleSessionName}' at 'roleSessionName' failed to satisfy constraint: ${constraint}`,
    });
  });

  it('is not for the root user', async () => {
    await expect(assumeAs(local.aws.env, 'open')).rejects.toThrow(
      'Roles may not be assumed by root accounts.',
    );
  });

  it('narrows a session by its policies', async () => {
    const Policy = policyText(allow('iam:ListUsers'));
    const { iam } = local.clients(environment(await assume('ann', 'open', { Policy })));
    expect((await iam.send(new ListUsersCommand({}))).Users).toHaveLength(4);
    await expect(iam.send(new GetUserCommand({ UserName: 'ann' }))).rejects.toThrow(
      'because no session policy allows the iam:GetUser action',
    );
  });

  it('refuses session policies that are malformed or too long', async () => {
    await expect(assume('ann', 'open', { Policy: '{"Statement":' })).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
    await expect(assume('ann', 'open', { Policy: `{${' '.repeat(2048)}}` })).rejects.toThrow('2048');
  });

  it("takes a session's tags for the principal's", async () => {
    const tagged = await assume('ann', 'tagging', { Tags: [{ Key: 'Team', Value: 'web' }] });
    expect((await local.clients(environment(tagged)).iam.send(new ListUsersCommand({}))).Users).toHaveLength(
      4,
    );
    const plain = local.clients(environment(await assume('ann', 'tagging')));
    await expect(plain.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('chains roles, for an hour at most', async () => {
    const open = environment(await assume('ann', 'open'));
    const chained = await assumeAs(open, 'chained');
    expect(chained.AssumedRoleUser?.Arn).toContain('assumed-role/chained/');
    await expect(assumeAs(open, 'chained', { DurationSeconds: 3601 })).rejects.toThrow('role chaining');
  });

  it('ends a session when its time is over', async () => {
    const { sts } = local.clients(environment(await assume('ann', 'open', { DurationSeconds: 900 })));
    now = new Date(now.getTime() + 899_000);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).toBe(accountId);
    now = new Date(now.getTime() + 2000);
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
  });
});

describe('a source identity', () => {
  const SourceIdentity = 'ann@corp';

  it('is what the caller says, where the trust policy and the caller’s own policies let it be set', async () => {
    const answer = await assume('fred', 'identified', { SourceIdentity });
    expect(answer.SourceIdentity).toBe(SourceIdentity);
    const { iam } = local.clients(environment(answer));
    expect((await iam.send(new ListUsersCommand({}))).Users?.length).toBeGreaterThan(0);
    const without = local.clients(environment(await assume('fred', 'identified')));
    await expect(without.iam.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('needs sts:SetSourceIdentity on both sides', async () => {
    await expect(assume('ann', 'identified', { SourceIdentity })).rejects.toThrow('sts:SetSourceIdentity');
    await expect(assume('fred', 'open', { SourceIdentity })).rejects.toThrow('sts:SetSourceIdentity');
  });
});

describe('GetFederationToken', () => {
  const everything = document(allow('*'));
  const federate = (user: string, rest: { Policy?: string; Tags?: { Key: string; Value: string }[] }) =>
    local
      .clients(local.aws.envFor(userArn(user)))
      .sts.send(new GetFederationTokenCommand({ Name: 'visitor', ...rest }));
  const Policy = JSON.stringify(everything);

  it('gives a session of another type, name and tags, with at most the user’s own policies', async () => {
    const answer = await federate('fred', { Policy, Tags: [{ Key: 'team', Value: 'web' }] });
    expect(answer.FederatedUser).toEqual({
      FederatedUserId: `${accountId}:visitor`,
      Arn: `arn:aws:sts::${accountId}:federated-user/visitor`,
    });
    const { iam, sts } = local.clients(environment(answer));
    expect((await iam.send(new ListUsersCommand({}))).Users?.length).toBeGreaterThan(0);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(answer.FederatedUser?.Arn);
    await expect(iam.send(new GetUserCommand({ UserName: 'ann' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('gives nothing without a session policy, and no tag that was not passed', async () => {
    for (const rest of [{ Tags: [{ Key: 'team', Value: 'web' }] }, { Policy }]) {
      const { iam } = local.clients(environment(await federate('fred', rest)));
      await expect(iam.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
    }
  });

  it('needs its permission', async () => {
    await expect(federate('bob', { Policy })).rejects.toThrow('sts:GetFederationToken');
  });
});
