import { describe, expect, test } from 'vitest';
import type { Group, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';
import { lets, may } from './escalating.ts';

const arnOf = (name: string) => `arn:aws:iam::${accountId}:policy/${name}`;
const own = (name: string, statement: object) =>
  ({ ...policyOf(name, statement), type: 'customer-managed', arn: arnOf(name), versionId: 'v1' }) as const;
const policies = [own('faces', may('rekognition:*')), own('store', may('s3:*'))];
const only = (...names: string[]) => ({
  ArnLike: { 'iam:PolicyARN': names.map((name) => (name.includes(':') ? name : arnOf(name))) },
});
const aws = (name: string) => `arn:aws:iam::aws:policy/${name}`;
const groupOf = (name: string, statement: object[] = []): Group => ({
  name,
  arn: `arn:aws:iam::${accountId}:group/${name}`,
  policies: statement.length === 0 ? [] : [policyOf(`policy of ${name}`, statement)],
});
const groups = [groupOf('staff'), groupOf('painters', [may('rekognition:*')])];
const inStaff = { groups: ['staff'] };

const expectations = expectationsOf(
  'principals:\n  - { match: role/filled, expect: any }\n  - { match: "*", expect: [] }\n',
);

/** What is told that eve can come to. */
const indirect = async (...all: Principal[]) => {
  const account = { ...accountOf(...all), managedPolicies: () => policies, groups: () => groups };
  const { findings } = await checkAccount(account, { expectations });
  return findings.flatMap(({ kind, subject, summary }) =>
    kind === 'indirect' && subject.endsWith('/eve') ? [summary.replace(/^.*?: /, '')] : [],
  );
};

const eve = (...statements: object[]) => user('eve', statements);
const idle = role('idle', lets({ Service: 'lambda.amazonaws.com' }), may('s3:GetObject'));
const trusting = role('trusting', lets({ AWS: `arn:aws:iam::${accountId}:user/eve` }));
const bo = user('bo', [], inStaff);
const boArn = `arn:aws:iam::${accountId}:user/bo`;

describe('who may attach some policies only to others', () => {
  const attaches = (kind: string, ...names: string[]) => may(`iam:Attach${kind}Policy`, '*', only(...names));
  const passes = may(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction']);
  const notToEve = { Effect: 'Deny', Action: 'iam:AttachUserPolicy', Resource: '*' };
  const toBo = { ...notToEve, NotResource: boArn, Resource: undefined };

  test.each<[string, readonly Principal[], string]>([
    [
      'to a role that trusts him',
      [trusting, eve(attaches('Role', 'faces'))],
      'it may attach faces to role/trusting and assume it (iam:AttachRolePolicy)',
    ],
    [
      'of AWS’s, that are not about Rekognition alone',
      [trusting, eve(attaches('Role', aws('PowerUserAccess')))],
      'it may attach PowerUserAccess to role/trusting and assume it (iam:AttachRolePolicy)',
    ],
    [
      'to a role whose trust policy he may write',
      [idle, eve(attaches('Role', 'faces'), may('iam:UpdateAssumeRolePolicy'))],
      'it may attach faces to role/idle and assume it (iam:UpdateAssumeRolePolicy and iam:AttachRolePolicy)',
    ],
    [
      'to a role that he may pass',
      [idle, eve(attaches('Role', 'faces'), passes)],
      'it may attach faces to role/idle and hand it to lambda.amazonaws.com ' +
        '(iam:AttachRolePolicy, iam:PassRole, lambda:CreateFunction and lambda:InvokeFunction)',
    ],
    [
      'to a user whose keys he may make',
      [bo, eve(attaches('User', 'faces'), toBo, may('iam:CreateAccessKey', boArn))],
      'it may attach faces to user/bo and sign in as it (iam:AttachUserPolicy and iam:CreateAccessKey)',
    ],
    [
      'to a role that he makes',
      [eve(attaches('Role', 'faces'), may('iam:CreateRole'))],
      'it may make a principal with faces (iam:CreateRole and iam:AttachRolePolicy)',
    ],
    [
      'which he makes first',
      [
        trusting,
        eve(
          attaches('Role', 'dev-*'),
          may('iam:CreatePolicy', arnOf('*-dev-*')),
          may('iam:CreatePolicy', arnOf('dev-x*')),
        ),
      ],
      'it may attach a policy of its own making to role/trusting and assume it (iam:CreatePolicy and iam:AttachRolePolicy)',
    ],
    [
      'of which he writes another version first',
      [trusting, eve(attaches('Role', 'store'), may('iam:CreatePolicyVersion', arnOf('store')))],
      'it may attach store to role/trusting and assume it (iam:CreatePolicyVersion and iam:AttachRolePolicy)',
    ],
  ])('%s', async (_, all, told) => {
    expect(await indirect(...all)).toEqual([`${told}.`]);
  });

  test.each<[string, readonly Principal[]]>([
    ['that give nothing', [trusting, eve(attaches('Role', 'store'))]],
    ['to a role that he cannot take', [idle, eve(attaches('Role', 'faces'))]],
    ['to a user whose keys he may not make', [bo, eve(attaches('User', 'faces'), toBo)]],
    [
      'to a role whose boundary leaves nothing',
      [{ ...trusting, boundary: own('bounds', may('s3:*')) }, eve(attaches('Role', 'faces'))],
    ],
    [
      'to a role that a policy of its own denies it',
      [
        role('trusting', lets({ AWS: `arn:aws:iam::${accountId}:user/eve` }), {
          ...may('rekognition:*'),
          Effect: 'Deny',
        }),
        eve(attaches('Role', 'faces')),
      ],
    ],
    [
      'that he makes, but under names that he may not attach',
      [trusting, eve(attaches('Role', 'dev-*'), may('iam:CreatePolicy', arnOf('ops-*')))],
    ],
    [
      'that he would make under the name of one that there is',
      [trusting, eve(attaches('Role', 'store'), may('iam:CreatePolicy', arnOf('store')))],
    ],
  ])('%s, comes to nothing', async (_, all) => {
    expect(await indirect(...all)).toEqual([]);
  });

  test('comes to what is attached, not to what the role can do without it', async () => {
    const filled = role('filled', lets({ AWS: `arn:aws:iam::${accountId}:user/eve` }), may('rekognition:*'));
    const { findings } = await checkAccount(
      accountOf(filled, eve(attaches('Role', aws('AmazonRekognitionReadOnlyAccess')))),
      { expectations },
    );
    const [found] = findings.filter(({ kind, subject }) => kind === 'indirect' && subject === 'user/eve');
    expect(found?.actions.map(({ action }) => action)).not.toContain('rekognition:DeleteFaces');
  });
});

describe('who may attach some policies only to himself', () => {
  test('and make one of that name, comes to anything', async () => {
    const attaches = may('iam:AttachUserPolicy', '*', only('dev-*'));
    expect(await indirect(eve(attaches))).toEqual([]);
    expect(await indirect(eve(attaches, may('iam:CreatePolicy')))).toEqual([
      expect.stringContaining('it may attach a policy of its own making to itself'),
    ]);
  });
});

describe('who may attach to himself only a policy of AWS’s that says nothing of Rekognition', () => {
  const attaches = (name: string) => may('iam:AttachUserPolicy', '*', only(aws(name)));

  test.each(['IAMFullAccess', 'AWSOpsWorksRegisterCLI'])('but lets him write his own: %s', async (name) => {
    expect(await indirect(eve(attaches(name)))).toEqual([
      expect.stringContaining(
        `it may attach ${name} to itself (iam:AttachUserPolicy), then it may call iam:PutUserPolicy for itself`,
      ),
    ]);
  });

  test('comes to nothing where a boundary leaves nothing, or by one that writes nothing', async () => {
    const bounds = { boundary: own('bounds', may(['s3:*', 'iam:*'])) };
    expect(await indirect(user('eve', attaches('IAMFullAccess'), bounds))).toEqual([
      expect.stringContaining('lift its own boundary'),
    ]);
    const narrow = { boundary: own('bounds', may(['s3:*', 'iam:AttachUserPolicy', 'iam:PutUserPolicy'])) };
    expect(await indirect(user('eve', attaches('IAMFullAccess'), narrow))).toEqual([]);
    expect(await indirect(eve(attaches('IAMReadOnlyAccess')))).toEqual([]);
  });
});

describe('groups', () => {
  const painter = may('iam:AddUserToGroup', `arn:aws:iam::${accountId}:group/painters`);
  const keys = may('iam:CreateAccessKey', boArn);
  const attaches = may('iam:AttachGroupPolicy', '*', only('faces'));
  const machine = (...statements: object[]) =>
    role('eve', lets({ Service: 'ec2.amazonaws.com' }), statements);

  test.each<[string, readonly Principal[], string]>([
    [
      'of one’s own, to which some policies may be attached',
      [user('eve', [attaches], inStaff)],
      'it may attach faces to itself (iam:AttachGroupPolicy)',
    ],
    [
      'that have nothing, and that one may write',
      [eve(may(['iam:AddUserToGroup', 'iam:PutGroupPolicy'], `arn:aws:iam::${accountId}:group/staff`))],
      'it may join group/staff (iam:AddUserToGroup), then it may call iam:PutGroupPolicy for itself',
    ],
    [
      'that have nothing, and to which some policies may be attached',
      [eve(attaches, may('iam:AddUserToGroup', `arn:aws:iam::${accountId}:group/staff`))],
      'it may join group/staff (iam:AddUserToGroup), then it may attach faces to itself (iam:AttachGroupPolicy)',
    ],
    [
      'of others, that one may write',
      [bo, eve(may('iam:PutGroupPolicy'), keys)],
      'it may write the policies of user/bo and sign in as it (iam:PutGroupPolicy and iam:CreateAccessKey)',
    ],
    [
      'of others, to which some policies may be attached',
      [bo, machine(attaches, keys)],
      'it may attach faces to user/bo and sign in as it (iam:AttachGroupPolicy and iam:CreateAccessKey)',
    ],
    [
      'that one may put others in',
      [bo, machine(painter, keys)],
      'it may put user/bo in group/painters and sign in as it (iam:AddUserToGroup and iam:CreateAccessKey)',
    ],
    [
      'that one may put new users in',
      [machine(painter, may(['iam:CreateUser', 'iam:CreateLoginProfile']))],
      'it may make a user in group/painters (iam:CreateUser, iam:AddUserToGroup and iam:CreateLoginProfile)',
    ],
  ])('%s', async (_, all, told) => {
    const [found] = await indirect(...all);
    expect(found).toContain(told);
  });

  test.each<[string, readonly Principal[]]>([
    ['of one’s own, that one may not write', [user('eve', may('iam:AddUserToGroup', `${boArn}/x`), inStaff)]],
    ['that have nothing', [eve(may('iam:AddUserToGroup', `arn:aws:iam::${accountId}:group/staff`))]],
    ['that one may put others in, without their keys', [bo, machine(painter)]],
    ['of others that one may write, without their keys', [bo, machine(may('iam:PutGroupPolicy'))]],
    ['that nobody new can sign in with', [machine(painter, may('iam:CreateUser'))]],
  ])('%s, come to nothing', async (_, all) => {
    expect(await indirect(...all)).toEqual([]);
  });
});
