import { describe, expect, test } from 'vitest';
import type { Account, Group, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';
import { boundary, lets, may } from './escalating.ts';

const expectations = expectationsOf(
  'principals:\n  - { match: [role/any*, user/any*], expect: any }\n  - { match: "*", expect: [] }\n',
);
const arnOf = (name: string) => `arn:aws:iam::${accountId}:${name}`;
const lambda = lets({ Service: 'lambda.amazonaws.com' });
const toEve = lets({ AWS: arnOf('user/eve') });
const account = lets({ AWS: accountId });
const writesOwn = (name: string) => may('iam:PutRolePolicy', arnOf(`role/${name}`));
const writer = (trust: object, given: Partial<Principal> = {}) => role('any', trust, writesOwn('any'), given);
const then = ', then as role/any it may call iam:PutRolePolicy for itself';
const passes = may(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction']);

async function findingsOf(all: readonly Principal[], more: Partial<Account> = {}) {
  return (await checkAccount({ ...accountOf(...all), ...more }, { expectations })).findings;
}

/** Who can come to what he should not have, and how. */
async function indirect(all: readonly Principal[], more: Partial<Account> = {}) {
  const found = (await findingsOf(all, more)).filter(({ kind }) => kind === 'indirect');
  return Object.fromEntries(
    found.map(({ subject, summary }) => [
      subject,
      /: it may (.*?)(?:, and in .* other ways?)?\.$/.exec(summary)?.[1] ?? '',
    ]),
  );
}

describe('a role that can do nothing but give itself everything, and that nobody judges', () => {
  test.each<[string, readonly Principal[], string]>([
    ['lets him in by name', [writer(toEve), user('eve')], `assume role/any (sts:AssumeRole)${then}`],
    [
      'lets his account in, and his own policies let him ask',
      [writer(account), user('eve', may('sts:AssumeRole', arnOf('role/a*')))],
      `assume role/any (sts:AssumeRole)${then}`,
    ],
    [
      'can be made to let him in',
      [writer(lambda), user('eve', may('iam:UpdateAssumeRolePolicy', arnOf('role/any')))],
      `let itself assume role/any (iam:UpdateAssumeRolePolicy)${then}`,
    ],
    [
      'can be handed to a service',
      [writer(lambda), user('eve', passes)],
      `hand role/any to lambda.amazonaws.com (iam:PassRole, lambda:CreateFunction and lambda:InvokeFunction)${then}`,
    ],
    [
      'is behind another that nobody judges',
      [
        writer(lets({ AWS: arnOf('role/any-other') })),
        role('any-other', toEve, may('sts:AssumeRole')),
        user('eve'),
      ],
      `assume role/any-other (sts:AssumeRole), then as role/any-other it may assume role/any (sts:AssumeRole)${then}`,
    ],
  ])('is told of who comes to it: it %s', async (_, all, told) => {
    expect(await indirect(all)).toEqual({ 'user/eve': told });
  });

  test('says the statement of each step, what to take from whom, and what he himself does', async () => {
    const [found] = await findingsOf([
      writer(account),
      user('eve', may('sts:AssumeRole', arnOf('role/any'))),
    ]);
    expect(found?.by.map(({ policy, statement }) => `${policy.name} ${statement.index}`)).toEqual([
      'policy of eve 1',
      'trust policy 1',
      'policy of any 1',
    ]);
    expect(found?.remedies).toEqual([
      'Take sts:AssumeRole out of statement 1 of inline policy "policy of eve".',
      'Take who is not meant to assume it out of statement 1 of the trust policy of role/any.',
      'Take iam:PutRolePolicy out of statement 1 of inline policy "policy of any" of role/any.',
    ]);
    expect(found?.takes).toEqual([{ action: 'sts:AssumeRole', resource: arnOf('role/any') }]);
  });

  test.each<[string, readonly Principal[]]>([
    ['lets somebody else in', [writer(lets({ AWS: arnOf('user/any') })), user('any'), user('eve')]],
    ['lets his account in, and he may not ask', [writer(account), user('eve', may('s3:*'))]],
    [
      'lets him in, and a boundary forbids it what he would want',
      [writer(toEve, { boundary: boundary(may('iam:PutRolePolicy')) }), user('eve')],
    ],
    [
      'lets him in, and writes to others only',
      [role('any', toEve, writesOwn('other')), role('other', lambda), user('eve')],
    ],
    ['lets him in, and can do all that itself', [role('any', toEve, [may('*')]), user('eve')]],
    ['lets in one whom nobody judges', [writer(lets({ AWS: arnOf('user/any-eve') })), user('any-eve')]],
    [
      'lets a role in whose boundary keeps it from asking',
      [
        writer(lets({ AWS: arnOf('role/held') })),
        role('held', lambda, [], { boundary: boundary(may('s3:*')) }),
      ],
    ],
  ])('is told of nobody else: it %s', async (_, all) => {
    expect(await indirect(all)).toEqual({});
  });

  test('is told of the role where that is judged, and of who may change that', async () => {
    const own = role('own', toEve, writesOwn('own'));
    const eve = user('eve');
    const max = user('max', may('iam:UpdateAssumeRolePolicy', arnOf('role/own')));
    const told = await indirect([own, eve, max]);
    expect(Object.keys(told).sort()).toEqual(['role/own', 'user/max']);
  });

  test('is told of who comes from elsewhere, as of what it could do', async () => {
    const found = (trust: object, given?: Partial<Principal>) => findingsOf([writer(trust, given)]);
    const anyone = lets({ AWS: '*' });
    expect((await found(anyone)).map(({ kind, severity, summary }) => [kind, severity, summary])).toEqual([
      [
        'exposed',
        'critical',
        'role/any can be assumed by anyone with an AWS account: delete collections, faces and persons (+73), by what it can come to (iam:PutRolePolicy).',
      ],
    ]);
    expect(await found(anyone, { boundary: boundary(may('iam:*RolePolicy')) })).toEqual([]);
    expect(await found(lambda)).toEqual([]);
    const { principals } = await checkAccount(accountOf(writer(lets({ AWS: '444455556666' }))), {
      expectations,
    });
    expect(principals[0]?.shared).toEqual([expect.stringContaining('account 444455556666')]);
  });
});

describe('others are taken with what they come to by themselves', () => {
  test('users', async () => {
    const any = user('any', may('iam:PutUserPolicy', arnOf('user/any')));
    const keys = user('eve', may('iam:CreateAccessKey', arnOf('user/any')));
    expect(await indirect([any, keys])).toEqual({
      'user/eve':
        'sign in as user/any (iam:CreateAccessKey), then as user/any it may call iam:PutUserPolicy for itself',
    });
    expect(await indirect([user('any', may('iam:PutUserPolicy', arnOf('user/x'))), keys])).toEqual({});
  });

  const faces = role('any-faces', lets({ AWS: arnOf('role/middle') }), may('rekognition:*'));
  const changes = user('eve', may('iam:UpdateAssumeRolePolicy', arnOf('role/middle')));

  test('roles with those that let them in', async () => {
    expect(await indirect([faces, role('middle', lambda), changes])).toEqual({
      'user/eve':
        'let itself assume role/middle (iam:UpdateAssumeRolePolicy), then as role/middle it may assume role/any-faces (sts:AssumeRole)',
    });
    const held = role('middle', lambda, [], { boundary: boundary(may('s3:*')) });
    expect(await indirect([faces, held, changes])).toEqual({});
  });

  test('roles with those that they get at', async () => {
    const all = [role('any-faces', lambda, may('rekognition:*')), role('middle', lambda, passes)];
    const told = await indirect([...all, changes]);
    expect(told['user/eve']).toMatch(
      /^let itself assume role\/middle .*, then as role\/middle it may hand role\/any-faces to lambda/,
    );
  });

  test('roles whose boundary one may lift', async () => {
    const lift = user('eve', may('iam:DeleteRolePermissionsBoundary', arnOf('role/any')));
    const held = writer(toEve, { boundary: boundary(may('s3:*')) });
    expect(await indirect([held, lift])).toEqual({
      'user/eve': `lift the boundary of role/any and assume it (iam:DeleteRolePermissionsBoundary)${then}`,
    });
    expect(await indirect([writer(lambda, { boundary: boundary(may('s3:*')) }), lift])).toEqual({});
  });

  test('policies in another version', async () => {
    const arn = arnOf('policy/p');
    const version = (versionId: string, statement: object) =>
      ({ ...policyOf('p', statement), type: 'customer-managed', arn, versionId }) as const;
    const any = role('any', toEve, [], { policies: [version('v2', may('s3:*'))] });
    const eve = user('eve', may('iam:SetDefaultPolicyVersion', arn));
    const kept = (statement: object) => ({ otherVersions: () => [version('v1', statement)] });
    expect(await indirect([any, eve], kept(writesOwn('any')))).toEqual({
      'user/eve': `make version v1 of policy/p the default and assume role/any (iam:SetDefaultPolicyVersion)${then}`,
    });
    expect(await indirect([any, eve], kept(may('s3:Get*')))).toEqual({});
  });

  test('groups that others can be put in', async () => {
    const group = (statement: object): Group => ({
      name: 'admins',
      arn: arnOf('group/admins'),
      policies: [policyOf('of admins', statement)],
    });
    const ops = role('ops', lambda, [
      may('iam:AddUserToGroup', arnOf('group/admins')),
      may('iam:CreateAccessKey', arnOf('user/bo')),
    ]);
    const told = (statement: object) => indirect([user('bo'), ops], { groups: () => [group(statement)] });
    expect(await told(may('iam:PutUserPolicy'))).toEqual({
      'role/ops':
        'put user/bo in group/admins and sign in as it (iam:AddUserToGroup and iam:CreateAccessKey), then as user/bo it may call iam:PutUserPolicy for itself',
    });
    expect(await told(may('iam:List*'))).toEqual({});
  });
});

describe('who may attach to others only a policy of AWS’s that says nothing of Rekognition', () => {
  const only = (kind: string, name: string) =>
    may(`iam:Attach${kind}Policy`, '*', {
      ArnEquals: { 'iam:PolicyARN': `arn:aws:iam::aws:policy/${name}` },
    });
  const trusting = role('trusting', toEve);
  const bo = user('bo', [], { groups: ['staff'] });
  const keys = may('iam:CreateAccessKey', arnOf('user/bo'));
  const groups = () => [{ name: 'staff', arn: arnOf('group/staff'), policies: [] }];
  const writes = 'call iam:PutRolePolicy for itself';

  test.each<[string, readonly Principal[], string]>([
    [
      'to a role that lets him in',
      [trusting, user('eve', only('Role', 'IAMFullAccess'))],
      `attach IAMFullAccess to role/trusting and assume it (iam:AttachRolePolicy), then as role/trusting it may ${writes}`,
    ],
    [
      'to a role that he makes',
      [user('eve', [only('Role', 'IAMFullAccess'), may('iam:CreateRole')])],
      `make a principal with IAMFullAccess (iam:CreateRole and iam:AttachRolePolicy), then as that principal it may ${writes}`,
    ],
    [
      'to a group of somebody whose keys he may make',
      [bo, user('eve', [only('Group', 'IAMFullAccess'), keys])],
      'attach IAMFullAccess to user/bo and sign in as it (iam:AttachGroupPolicy and iam:CreateAccessKey), then as user/bo it may call iam:PutUserPolicy for itself',
    ],
    [
      'which lets that one write those of users',
      [trusting, bo, user('eve', only('Role', 'AWSOpsWorksRegisterCLI'))],
      'attach AWSOpsWorksRegisterCLI to role/trusting and assume it (iam:AttachRolePolicy), then as role/trusting it may write the policies of user/bo and sign in as it (iam:PutUserPolicy and iam:CreateAccessKey)',
    ],
  ])('%s, comes to anything', async (_, all, told) => {
    expect(await indirect(all, { groups })).toEqual({ 'user/eve': told });
  });

  test.each<[string, readonly Principal[]]>([
    ['that only reads', [trusting, user('eve', only('Role', 'IAMReadOnlyAccess'))]],
    ['to a role that does not let him in', [role('r', lambda), user('eve', only('Role', 'IAMFullAccess'))]],
    [
      'to a role whose boundary leaves neither what he wants nor to lift it',
      [
        { ...trusting, boundary: boundary(may(['s3:*', 'iam:PutRolePolicy'])) },
        user('eve', only('Role', 'IAMFullAccess')),
      ],
    ],
    [
      'to a role that must not write',
      [
        role('trusting', toEve, { Effect: 'Deny', Action: ['iam:*'], Resource: '*' }),
        user('eve', only('Role', 'IAMFullAccess')),
      ],
    ],
    ['to a group of somebody whose keys he may not make', [bo, user('eve', only('Group', 'IAMFullAccess'))]],
  ])('%s, comes to nothing', async (_, all) => {
    expect(await indirect(all, { groups })).toEqual({});
  });
});
