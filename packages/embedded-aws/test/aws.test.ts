import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetRoleCommand, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, describe, expect, it } from 'vitest';
import { startLocalAws } from '../src/aws.ts';
import { account, accountId, allow, document, policyText, roleArn, start, userArn } from './start.ts';

const directory = mkdtempSync(join(tmpdir(), 'local-aws-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('the account file', () => {
  it('is read with documents encoded, as text, or plain', async () => {
    const text = policyText(allow('rekognition:DetectText'));
    const forms = {
      encoded: encodeURIComponent(text),
      text,
      plain: document(allow('rekognition:DetectText')),
    };
    const details = {
      RoleDetailList: Object.entries(forms).map(([name, PolicyDocument]) => ({
        RoleName: name,
        Arn: roleArn(name),
        RolePolicyList: [{ PolicyName: 'p', PolicyDocument }],
      })),
    };
    const local = await start({ account: file('account.json', JSON.stringify(details)) });
    try {
      for (const name of Object.keys(forms)) {
        const answer = await local.iam.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: roleArn(name),
            ActionNames: ['rekognition:DetectText'],
          }),
        );
        expect(answer.EvaluationResults?.[0]?.EvalDecision, name).toBe('allowed');
      }
    } finally {
      await local.aws.stop();
    }
  });

  it.each([
    ['no JSON', '{', /account-0\.json: not JSON/],
    [
      'a list in the wrong shape',
      '{"RoleDetailList":[{"RoleName":7}]}',
      /account-1\.json: RoleDetailList\.0\.RoleName/,
    ],
    [
      'a date that is none',
      '{"RoleDetailList":[{"RoleName":"r","Arn":"a","CreateDate":"soon"}]}',
      /CreateDate: is not a date/,
    ],
  ])('is refused with %s, by file and key', async (_, text, message) => {
    const index = text === '{' ? 0 : 1;
    await expect(startLocalAws({ account: file(`account-${index}.json`, text) })).rejects.toThrow(message);
  });

  it('may name policies that it does not hold: that principal cannot be simulated', async () => {
    const local = await start({
      account: account({ roles: { r: { attached: ['arn:aws:iam::aws:policy/Unheard'] } } }),
    });
    try {
      const simulate = new SimulatePrincipalPolicyCommand({
        PolicySourceArn: roleArn('r'),
        ActionNames: ['s3:GetObject'],
      });
      await expect(local.iam.send(simulate)).rejects.toThrow(
        'no document for arn:aws:iam::aws:policy/Unheard',
      );
    } finally {
      await local.aws.stop();
    }
  });

  it('may be completed with AWS managed policies', async () => {
    const local = await start({
      account: account({ roles: { r: { attached: ['arn:aws:iam::aws:policy/Given'] } } }),
      catalog: {
        actions: [],
        managedPolicies: {
          Given: {
            arn: 'arn:aws:iam::aws:policy/Given',
            defaultVersionId: 'v3',
            versions: [
              {
                versionId: 'v3',
                createDate: '2026-01-01T00:00:00Z',
                document: document(allow('s3:GetObject')),
              },
            ],
          },
        },
      },
    });
    try {
      const simulate = new SimulatePrincipalPolicyCommand({
        PolicySourceArn: roleArn('r'),
        ActionNames: ['s3:GetObject'],
      });
      expect((await local.iam.send(simulate)).EvaluationResults?.[0]?.EvalDecision).toBe('allowed');
    } finally {
      await local.aws.stop();
    }
  });
});

describe('starting and stopping', () => {
  it('frees its port, stops its services, and keeps nothing', async () => {
    const stopped: string[] = [];
    const service = (name: string) => () => ({
      signingNames: [name],
      protocol: 'json' as const,
      handle: async () => ({ status: 200, body: '{}' }),
      stop: async () => {
        stopped.push(name);
      },
    });
    const first = await start({ account: account({}), services: [service('one'), service('two')] });
    await first.sts.send(new GetCallerIdentityCommand({}));
    await first.aws.stop();
    expect(stopped).toEqual(['two', 'one']);
    const port = Number(new URL(first.aws.endpoint).port);
    const second = await start({ account: account({}), port });
    expect(second.aws.endpoint).toBe(first.aws.endpoint);
    await expect(
      second.clients(first.aws.env).sts.send(new GetCallerIdentityCommand({})),
    ).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    await expect(startLocalAws({ account: account({}), port, services: [service('three')] })).rejects.toThrow(
      'EADDRINUSE',
    );
    expect(stopped).toEqual(['two', 'one', 'three']);
    await second.aws.stop();
  });

  it('gives the environment of an administrator of the account', async () => {
    const local = await start({ account: account({ users: { alice: {} } }), admin: userArn('alice') });
    expect((await local.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(userArn('alice'));
    expect(local.aws.env).toMatchObject({
      AWS_ENDPOINT_URL: local.aws.endpoint,
      AWS_DEFAULT_REGION: 'us-east-1',
    });
    await local.aws.stop();
    await expect(startLocalAws({ account: account({}), admin: userArn('nobody') })).rejects.toThrow(
      'no user or role arn:aws:iam::123456789012:user/nobody',
    );
  });

  it('adds roles as a deployment does, at once and without an event', async () => {
    const local = await start({ account: account({}) });
    const calls: unknown[] = [];
    local.aws.world.faults.iamDelay = 60_000;
    local.aws.world.onApiCall((call) => calls.push(call));
    const arn = local.aws.world.addRole({
      name: 'stack-check',
      policies: { read: policyText(allow('iam:GetRole')) },
    });
    expect(calls).toEqual([]);
    const { iam, sts } = local.clients(
      local.aws.envFor({ principalArn: arn, sessionName: 'stack-check-fn' }),
    );
    expect((await iam.send(new GetRoleCommand({ RoleName: 'stack-check' }))).Role?.Arn).toBe(arn);
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${accountId}:assumed-role/stack-check/stack-check-fn`,
    );
    await local.aws.stop();
  });
});
