import type { PolicySource } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { principal } from '../expectation/fixtures.ts';

const source = (name: string, type: PolicySource['type'], ...Statement: object[]): PolicySource => ({
  name,
  type,
  text: JSON.stringify({ Version: '2012-10-17', Statement }),
});
const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});

/** `severity kind actions` of each finding of a principal with these policies, where `expected` is expected. */
async function found(...given: Parameters<typeof reportOf>) {
  const { findings } = await reportOf(...given);
  // Who may do everything in IAM can give himself more, which is another matter.
  const own = findings.filter(({ kind }) => kind !== 'indirect');
  return own.map(({ kind, severity, actions, summary }) => ({
    is: `${severity} ${kind} ${actions.map(({ action }) => action).join(' ')}`,
    summary,
  }));
}

function reportOf(
  expected: object[],
  policies: readonly PolicySource[],
  { more = {} as Partial<Principal>, guardrails = {} as Guardrails } = {},
) {
  const file = JSON.stringify({ sets: { s: expected }, principals: [{ match: '*', expect: ['s'] }] });
  const { expectations, diagnostics } = parseExpectations(file, 'e.yaml');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const account: Account = {
    accountId: '123456789012',
    partition: 'aws',
    async *principals() {
      yield principal({ name: 'video', policies, ...more });
    },
  };
  return checkAccount(account, { expectations, guardrails });
}

const inline = (...statements: object[]) => source('own', 'inline', ...statements);
const passRole = allow('iam:PassRole', 'arn:aws:iam::123456789012:role/rek-sns');
const getVideo = allow('s3:GetObject', 'arn:aws:s3:::videos/*');

describe('what is expected of other services', () => {
  it('is as the policy of a KMS key lets the account decide', async () => {
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1234';
    const decrypt = allow(['kms:Decrypt', 'kms:GenerateDataKey'], key);
    const notes = async (...policies: object[]) =>
      ((await reportOf([decrypt], [inline(...policies)])).notes ?? []).filter((note) => /kms:/.test(note));
    const words = "as expected, if the key's policy lets the account decide";
    expect(await notes(decrypt)).toEqual([`role/video: kms:Decrypt, kms:GenerateDataKey ${words}`]);
    expect(await notes(allow('kms:Decrypt', key))).toEqual([`role/video: kms:Decrypt ${words}`]);
    expect(await notes(passRole)).toEqual([]);
  });

  it('is missing where an RCP that acts on the service denies it, and only there', async () => {
    const deny = (Action: string) =>
      source('perimeter', 'rcp', { Effect: 'Deny', Principal: '*', Action, Resource: '*' });
    const allowed = source('RCPFullAWSAccess', 'rcp', allow('*', '*', { Principal: '*' }));
    const under = (action: string) => ({ guardrails: { rcps: [[allowed, deny(action)]] } });
    const publish = allow('sns:Publish', 'arn:aws:sns:us-east-1:123456789012:AmazonRekognitionDone');
    const told = async (one: object, action: string) =>
      (await found([one], [inline(one)], under(action))).map(({ is }) => is);
    expect(await told(getVideo, 's3:GetObject')).toEqual(['medium missing s3:GetObject']);
    expect(await told(getVideo, 'sqs:*')).toEqual([]);
    // SNS is not among the services that RCPs act on.
    expect(await told(publish, 'sns:Publish')).toEqual([]);
  });

  it('is allowed in a key as far as the policy of the key lets the account decide', async () => {
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const file = JSON.stringify({
      sets: { s: [allow('kms:Decrypt', key)] },
      principals: [{ match: '*', expect: ['s'] }],
    });
    const { expectations } = parseExpectations(file, 'e.yaml');
    const account: Account = {
      accountId: '123456789012',
      partition: 'aws',
      async *principals() {
        yield principal({ name: 'video', policies: [inline()] });
      },
    };
    const [finding] = (await checkAccount(account, { expectations })).findings;
    expect(finding?.remedies.join()).toContain("which counts if the key's policy lets the account decide");
  });

  it('is missing where no policy allows it', async () => {
    const [finding, ...others] = await found([passRole], [inline()]);
    expect(finding?.is).toBe('medium missing iam:PassRole');
    expect(others).toEqual([]);
  });

  it.each([
    ['an equal statement', passRole],
    ['a wider one', allow('iam:*')],
    ['one in other letters', allow('IAM:passrole')],
  ])('is there with %s', async (_, statement) => {
    expect(await found([passRole], [inline(statement)])).toEqual([]);
  });

  it('is low where the resource may have a policy of its own, and says so', async () => {
    const [finding] = await found([getVideo], [inline()]);
    expect(finding?.is).toBe('low missing s3:GetObject');
    expect(finding?.summary).toContain("the bucket's own policy may");
  });

  it.each([
    ['a Deny', [inline(getVideo, { Effect: 'Deny', Action: 's3:*', Resource: '*' })], {}],
    [
      'a boundary',
      [inline(getVideo)],
      { more: { boundary: source('b', 'customer-managed', allow('rekognition:*')) } },
    ],
    [
      'an SCP',
      [inline(getVideo)],
      { guardrails: { scps: [[source('only', 'scp', allow('rekognition:*'))]] } },
    ],
  ])('is missing outright because of %s', async (_, policies, options) => {
    const [finding] = await found([getVideo], policies, options);
    expect(finding?.is).toBe('medium missing s3:GetObject');
    expect(finding?.summary).not.toContain("bucket's");
  });

  it('is asked for each principal, though they share what their policies say of Rekognition', async () => {
    const faces = allow('rekognition:DetectFaces');
    const file = JSON.stringify({
      sets: { s: [faces, passRole] },
      principals: [{ match: '*', expect: ['s'] }],
    });
    const account: Account = {
      accountId: '123456789012',
      partition: 'aws',
      async *principals() {
        yield principal({ name: 'with', policies: [inline(faces, passRole)] });
        yield principal({ name: 'without', policies: [inline(faces, allow('iam:GetRole'))] });
      },
    };
    const { expectations } = parseExpectations(file, 'e.yaml');
    const { findings } = await checkAccount(account, { expectations });
    expect(findings.map(({ subject }) => subject)).toEqual(['role/without']);
  });

  it('knows the variables of a user, and asks a pattern of actions as a whole', async () => {
    const own = allow(['iam:Get*'], 'arn:aws:iam::*:user/${aws:username}');
    const user = { kind: 'user', name: 'ann', arn: 'arn:aws:iam::123456789012:user/ann' } as const;
    expect(await found([own], [inline(own)], { more: user })).toEqual([]);
    const [finding] = await found([own], [inline(allow('iam:GetUser', 'arn:aws:iam::*:user/ann'))], {
      more: user,
    });
    expect(finding?.is).toBe('medium missing iam:Get*');
  });

  it('meets the conditions of the expectation itself', async () => {
    const condition = { Condition: { StringEquals: { 'iam:PassedToService': 'rekognition.amazonaws.com' } } };
    const conditional = { ...passRole, ...condition };
    expect(await found([conditional], [inline(conditional)])).toEqual([]);
    expect((await found([passRole], [inline(conditional)])).map(({ is }) => is)).toEqual([
      'medium missing iam:PassRole',
    ]);
  });

  it('is never excess', async () => {
    expect(await found([passRole], [inline(passRole, allow('s3:*'))])).toEqual([]);
  });

  it('is told with the statement that denies it, and suppressed action by action', async () => {
    const expected = ['sns:Publish', 'sns:Subscribe'].map((action) => allow(action));
    const file = JSON.stringify({
      sets: { s: expected },
      principals: [{ match: '*', expect: ['s'] }],
      suppress: [
        {
          principal: 'role/video',
          actions: 'sns:Publish',
          reason: 'moves',
          owner: 'ana',
          until: '2999-12-31',
        },
      ],
    });
    const { expectations, diagnostics } = parseExpectations(file, 'e.yaml');
    expect(diagnostics).toEqual([]);
    const deny = inline({ Effect: 'Deny', Action: 'sns:*', Resource: '*' });
    const account: Account = {
      accountId: '123456789012',
      partition: 'aws',
      async *principals() {
        yield principal({ name: 'video', policies: [deny] });
      },
    };
    const { findings } = await checkAccount(account, { expectations });
    const told = findings.map(({ actions, suppressed, by, remedies }) => ({
      actions: actions.map(({ action }) => action),
      suppressed: suppressed?.reason,
      by: by.map(({ policy }) => policy.name),
      remedies,
    }));
    const remedies = ['Narrow the Deny in inline policy "own", statement 1 (line 1).'];
    expect(told).toEqual(
      expect.arrayContaining([
        { actions: ['sns:Subscribe'], suppressed: undefined, by: ['own'], remedies },
        { actions: ['sns:Publish'], suppressed: 'moves', by: ['own'], remedies },
      ]),
    );
    expect(told).toHaveLength(2);
  });
});
