import { describe, expect, test } from 'vitest';
import type { IdentityPool } from '#lib/account/identity-pools.ts';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { acceptIn } from '#lib/expectation/accept-in-yaml.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountId, accountOf, role, user } from '../reach/account.ts';

const lets = (Principal: object, rest: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...rest,
});
const may = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
const anyone = lets({ AWS: '*' });
const lambda = lets({ Service: 'lambda.amazonaws.com' });
const guests = {
  Effect: 'Allow',
  Principal: { Federated: 'cognito-identity.amazonaws.com' },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': 'eu-west-1:ab' },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'unauthenticated' },
  },
};

const poolOf = (...aud: string[]) => ({
  ...guests,
  Condition: { ...guests.Condition, StringEquals: { 'cognito-identity.amazonaws.com:aud': aud } },
});

const signedIn = (...aud: string[]) => ({
  ...guests,
  Condition: {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': aud },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
  },
});
const byFacebook = {
  ...guests,
  Condition: {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': 'eu-west-1:ab' },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'graph.facebook.com' },
  },
};
const userOf = (aud: string) =>
  `, assumed-by: [{ provider: cognito-identity.amazonaws.com, claims: { amr: authenticated, aud: "${aud}" } }]`;

const fileWith = (rule: string) => `principals:\n  - { match: "*", expect: any${rule} }\n`;
const check = async (rule: string, ...all: Principal[]) => {
  const expectations = rule === 'built-in' ? builtInExpectations() : expectationsOf(fileWith(rule));
  return checkAccount(accountOf(...all), { expectations });
};
const told = async (rule: string, ...all: Principal[]) =>
  (await check(rule, ...all)).findings.map(({ kind, severity, subject }) => `${kind} ${severity} ${subject}`);

describe('without a rule', () => {
  test.each<[string, object, string, string[]]>([
    ['anyone', anyone, 'rekognition:DeleteFaces', ['exposed critical role/faces']],
    ['anyone, to faces', anyone, 'rekognition:SearchFacesByImage', ['exposed critical role/faces']],
    ['anyone, to detect', anyone, 'rekognition:DetectFaces', ['exposed high role/faces']],
    ['anyone, to metadata', anyone, 'rekognition:ListCollections', ['exposed medium role/faces']],
    ['guests', guests, 'rekognition:SearchFacesByImage', ['exposed critical role/faces']],
    ['anyone, to nothing here', anyone, 's3:GetObject', []],
    ['a service', lambda, 'rekognition:DeleteFaces', []],
    ['another account', lets({ AWS: '444455556666' }), 'rekognition:DeleteFaces', []],
    [
      'whoever an unreadable statement lets in',
      { ...anyone, Condition: { Foo: { 'aws:username': 'x' } } },
      'rekognition:DetectFaces',
      ['inconclusive high role/faces'],
    ],
  ])('%s', async (_, trust, action, expected) => {
    expect(await told('', role('faces', trust, may(action)))).toEqual(expected);
  });

  test('whoever comes through another role is told with it', async () => {
    const faces = role(
      'faces',
      lets({ AWS: `arn:aws:iam::${accountId}:role/a` }),
      may('rekognition:DeleteFaces'),
    );
    const { findings } = await check('', role('a', anyone), faces);
    expect(findings).toMatchObject([{ kind: 'exposed', subject: 'role/faces', severity: 'critical' }]);
    expect(findings[0]?.summary).toContain('anyone with an AWS account through role/a: delete faces');
  });

  test('what is too much is a step worse where anyone can have it', async () => {
    const detect = may('rekognition:DetectFaces');
    expect(await told('built-in', role('faces', lambda, detect))).toEqual(['excess medium role/faces']);
    expect(await told('built-in', role('faces', anyone, detect))).toEqual([
      'exposed high role/faces',
      'excess high role/faces',
    ]);
  });

  test('rows and findings say who can act as a role, the widest first', async () => {
    const faces = role('faces', [lambda, anyone], may('rekognition:DetectFaces'));
    const { principals, findings } = await check('', faces);
    expect(principals[0]?.reachedBy).toBe('anyone with an AWS account; lambda.amazonaws.com');
    expect(findings[0]?.reachedBy).toBe('anyone with an AWS account; lambda.amazonaws.com');
    expect(findings[0]).toMatchObject({
      by: [{ policy: { name: 'trust policy' }, statement: { index: 2 } }],
      actions: [{ action: 'rekognition:DetectFaces', witness: { action: 'rekognition:DetectFaces' } }],
    });
  });

  test('a service that may act for another account is a confused deputy', async () => {
    const stream = (rest: object) =>
      role('stream', lets({ Service: 'rekognition.amazonaws.com' }, rest), may('rekognition:DetectFaces'));
    const condition = { Condition: { StringEquals: { 'aws:SourceAccount': accountId } } };
    expect(await told('', stream({}))).toEqual(['exposed medium role/stream']);
    expect(await told('', stream(condition))).toEqual([]);
  });
});

test('what the AI services policy says is a line of the report, where it is known', async () => {
  const notesWith = async (guardrails: object) =>
    (await checkAccount(accountOf(user('u')), { expectations: builtInExpectations(), guardrails })).notes;
  expect(await notesWith({ aiServicesOptOut: true })).toEqual([
    expect.stringContaining('opts Rekognition out'),
  ]);
  expect(await notesWith({ aiServicesOptOut: false })).toEqual([expect.stringContaining('does not opt')]);
  expect(await notesWith({})).toBeUndefined();
});

describe('others of elsewhere', () => {
  const faces = (...trust: object[]) => role('faces', trust, may('rekognition:DeleteFaces'));
  const partner = lets({ AWS: '444455556666' });
  const demanding = lets(
    { AWS: '777788889999' },
    { Condition: { StringEquals: { 'sts:ExternalId': 'x7' } } },
  );

  test('are a note where no rule says who should, and no finding', async () => {
    const { principals, findings } = await check('', faces(partner, demanding, lambda));
    expect(findings).toEqual([]);
    expect(principals[0]?.shared).toEqual([
      'can be assumed by account 444455556666, without an external id: delete faces.',
      'can be assumed by account 777788889999: delete faces.',
    ]);
  });

  test('are no note where a rule says who should, nor of a role that can do nothing here', async () => {
    const expected = await check(', assumed-by: ["444455556666"]', faces(partner));
    expect([expected.findings, expected.principals[0]?.shared]).toEqual([[], undefined]);
    const elsewhere = await check('', role('logs', partner, may('s3:GetObject')));
    expect(elsewhere.principals[0]?.shared).toBeUndefined();
  });

  test('are told with the roles that they come through', async () => {
    const through = lets({ AWS: `arn:aws:iam::${accountId}:role/a` });
    const { principals } = await check('', role('a', partner), faces(through));
    expect(principals.flatMap(({ shared = [] }) => shared)).toEqual([
      'can be reached by account 444455556666, without an external id, through role/a: delete faces.',
    ]);
  });
});

describe('what keeps somebody out', () => {
  test.each<[string, object[], object]>([
    ['anyone', [anyone], { AWS: `arn:aws:iam::${accountId}:root` }],
    [
      'anyone, among others',
      [lets({ AWS: ['*', '444455556666'] })],
      { AWS: ['444455556666', `arn:aws:iam::${accountId}:root`] },
    ],
  ])('%s: a command with the account in his place', async (_, trust, left) => {
    const { findings } = await check('', role('faces', trust, may('rekognition:DeleteFaces')));
    const command = findings[0]?.remedies.find((line) => line.startsWith('aws '));
    const [, document = '{}'] = /--policy-document '(.*)'$/.exec(command ?? '') ?? [];
    expect(JSON.parse(document).Statement).toMatchObject([{ Principal: left }]);
  });
});

describe('assumed-by', () => {
  const faces = (...trust: object[]) => role('faces', trust, may('rekognition:DeleteFaces'));
  const github = (sub: string, operator = 'StringLike') => ({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { [operator]: { 'token.actions.githubusercontent.com:sub': sub } },
  });
  const acme =
    ', assumed-by: [{ provider: token.actions.githubusercontent.com, claims: { sub: "repo:acme/*" } }]';

  test.each<[string, string, object[], string[]]>([
    ['a service', ', assumed-by: [lambda.amazonaws.com]', [lambda], []],
    [
      'another service',
      ', assumed-by: [ec2.amazonaws.com]',
      [lambda],
      ['exposed critical', 'unreachable medium'],
    ],
    ['any', ', assumed-by: [any]', [anyone], []],
    ['nobody', ', assumed-by: []', [lambda], ['exposed critical']],
    ['an account', ', assumed-by: ["444455556666"]', [lets({ AWS: '444455556666' })], []],
    [
      'an account in which one principal is named',
      ', assumed-by: ["444455556666"]',
      [lets({ AWS: 'arn:aws:iam::444455556666:role/ci' })],
      [],
    ],
    [
      'another account',
      ', assumed-by: ["444455556666"]',
      [lets({ AWS: ['444455556666', '777788889999'] })],
      ['exposed critical'],
    ],
    [
      'the organization',
      ', assumed-by: [organization]',
      [lets({ AWS: '*' }, { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-acme' } } })],
      [],
    ],
    ['a provider with claims', acme, [github('repo:acme/shop:*')], []],
    ['a provider with wider claims', acme, [github('repo:*')], ['exposed critical']],
    [
      'a provider that another statement lets in with other claims',
      acme,
      [github('repo:acme/shop:*'), github('repo:evil/tools:*')],
      ['exposed critical'],
    ],
    [
      'a provider that another statement lets in with claims that are expected, too',
      acme,
      [github('repo:acme/shop:*'), github('repo:acme/tools:*')],
      [],
    ],
    [
      'a provider whose claim must be another',
      acme,
      [github('repo:acme/*', 'StringNotLike')],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'a provider whose claim must not be another, by a Deny',
      acme,
      [github('*'), { ...github('repo:acme/*', 'StringNotLike'), Effect: 'Deny' }],
      [],
    ],
    [
      'guests of two pools, of which one is expected',
      ', assumed-by: [{ provider: cognito-identity.amazonaws.com, claims: { amr: unauthenticated, aud: "eu-west-1:*" } }]',
      [poolOf('eu-west-1:ab', 'us-east-1:cd')],
      ['exposed critical'],
    ],
    ['those who sign in to a pool', userOf('eu-west-1:ab'), [signedIn('eu-west-1:ab')], []],
    [
      'those who sign in to another pool',
      userOf('eu-west-1:ab'),
      [signedIn('us-east-1:cd')],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'those who sign in to two pools, of which one is expected',
      userOf('eu-west-1:ab'),
      [signedIn('eu-west-1:ab', 'us-east-1:cd')],
      ['exposed critical'],
    ],
    ['those who sign in by a provider', userOf('eu-west-1:ab'), [byFacebook], []],
    [
      'guests where those who sign in are expected',
      userOf('eu-west-1:ab'),
      [guests],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'those who sign in where guests are expected',
      userOf('eu-west-1:ab').replace('authenticated', 'unauthenticated'),
      [signedIn('eu-west-1:ab')],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'guests of two pools, both expected',
      ', assumed-by: [{ provider: cognito-identity.amazonaws.com, claims: { aud: ["eu-west-1:ab", "us-east-1:cd"] } }]',
      [poolOf('eu-west-1:ab', 'us-east-1:cd')],
      [],
    ],
    [
      'a service that never meets the condition',
      ', assumed-by: [rekognition.amazonaws.com]',
      [
        lets(
          { Service: 'rekognition.amazonaws.com' },
          { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
        ),
      ],
      ['unreachable medium'],
    ],
  ])('%s', async (_, rule, trust, expected) => {
    expect(await told(rule, faces(...trust))).toEqual(expected.map((one) => `${one} role/faces`));
  });

  test.each<[string, Partial<IdentityPool>, RegExp]>([
    ['admits none', { allowsGuests: false }, /cannot be: Cognito pool eu-west-1:ab admits no guests\./],
    [
      'gives them another role',
      { guestRole: 'none' },
      /Cognito pool eu-west-1:ab gives its guests another role\./,
    ],
  ])('guests of a pool that %s are unreachable', async (_, rest, why) => {
    const rule =
      ', assumed-by: [{ provider: cognito-identity.amazonaws.com, claims: { amr: unauthenticated, aud: "eu-west-1:ab" } }]';
    const one = { id: 'eu-west-1:ab', allowsGuests: true, allowsClassicFlow: false, ...rest };
    const account = { ...accountOf(faces(guests)), identityPools: [one] };
    const { findings } = await checkAccount(account, { expectations: expectationsOf(fileWith(rule)) });
    expect(findings).toMatchObject([{ kind: 'unreachable', summary: expect.stringMatching(why) }]);
  });

  test('names principals of the account', async () => {
    const trust = lets({ AWS: accountId });
    const all = [faces(trust), user('ana', may('sts:AssumeRole')), user('bo', may('sts:AssumeRole'))];
    expect(await told(', assumed-by: [user/ana, user/bo]', ...all)).toEqual([]);
    expect(await told(', assumed-by: [user/ana]', ...all)).toEqual(['exposed critical role/faces']);
    expect(await told(', assumed-by: [user/ana, user/bo, role/ci]', ...all)).toEqual([
      'unreachable medium role/faces',
    ]);
  });

  test('advice that is followed leads to a clean check', async () => {
    const other = faces(lets({ AWS: '444455556666' }));
    const here = faces(lets({ AWS: `arn:aws:iam::${accountId}:root` }));
    const cases = [
      [', assumed-by: []', [other]],
      ['', [faces(anyone)]],
      ['', [faces(guests)]],
      [', assumed-by: [lambda.amazonaws.com]', [here, role('a', lambda), user('bob')]],
      [', assumed-by: [lambda.amazonaws.com, "444455556666"]', [faces(lambda)]],
    ] as const;
    for (const [rule, principals] of cases) {
      const { findings } = await check(rule, ...principals);
      const acceptances = findings.flatMap(({ acceptance }) => acceptance ?? []);
      expect(acceptances.length).toBeGreaterThan(0);
      expect(acceptances).toHaveLength(findings.length);
      const expectations = expectationsOf(acceptIn(fileWith(rule), acceptances));
      const after = await checkAccount(accountOf(...principals), { expectations });
      expect(after.findings.map(({ summary }) => summary)).toEqual([]);
    }
  });
});
