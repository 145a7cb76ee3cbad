import { describe, expect, test } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { accountId, accountOf, role, user } from '../reach/account.ts';
import { anyone, check, guests, lambda, lets, may, told } from './ways-in.ts';

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

  test('rows and findings say who can pass a role to the service that it trusts, where the role can do something', async () => {
    const passes = { ...may('iam:PassRole'), Resource: `arn:aws:iam::${accountId}:role/faces` };
    const roles = [
      role('faces', [lambda, anyone], may('rekognition:DetectFaces')),
      role('idle', lambda, may('s3:GetObject')),
    ];
    const { principals, findings } = await check(
      '',
      ...roles,
      user('eve', passes),
      user('bo', may('lambda:*')),
    );
    const told = Object.fromEntries(
      principals.map(({ subject, reachedBy, waysIn }) => [
        subject,
        [reachedBy, waysIn?.map(({ passedBy }) => passedBy)],
      ]),
    );
    const service = 'lambda.amazonaws.com';
    expect(told).toMatchObject({
      'role/faces': [
        `anyone with an AWS account; ${service} (can be passed by user/eve)`,
        [undefined, 'user/eve'],
      ],
      'role/idle': [service, [undefined]],
    });
    expect(findings.map(({ reachedBy }) => reachedBy)).toEqual([
      `anyone with an AWS account; ${service} (can be passed by user/eve)`,
    ]);
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
