import { describe, expect, test } from 'vitest';
import { projectFindings } from '#lib/compare/project-findings.ts';
import { Admissions } from '#lib/reach/admission.ts';

const accountId = '111122223333';
const projectArn = `arn:aws:rekognition:eu-west-1:${accountId}:project/shop/1690000000000`;
const version = `arn:aws:rekognition:eu-west-1:${accountId}:project/shop/version/v1/1690000000001`;
const allow = (Principal: unknown, rest: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'rekognition:CopyProjectVersion',
  Resource: version,
  ...rest,
});
const admissions = new Admissions({}, '2026-11-30T00:00:00Z');
const found = (...policies: (object | object[])[]) =>
  projectFindings(
    policies.map((Statement, index) => ({
      projectArn,
      policy: {
        name: `p${index}`,
        type: 'resource',
        text: JSON.stringify({ Version: '2012-10-17', Statement }),
      },
    })),
    admissions,
  );
/** Findings, then notes. */
const told = (...policies: (object | object[])[]) => {
  const { findings, outside } = found(...policies);
  return [
    findings.map(({ kind, severity }) => `${kind} ${severity}`),
    outside.flatMap(({ news }) => news?.reachedBy ?? []),
  ];
};

describe('who of elsewhere can copy models', () => {
  test.each<[string, object | object[], string[], string[]]>([
    ['an account', allow({ AWS: '444455556666' }), [], ['account 444455556666']],
    [
      'anyone of whichever organization',
      allow('*', { Condition: { StringLike: { 'aws:PrincipalOrgID': 'o-*' } } }),
      ['exposed critical'],
      [],
    ],
    [
      'a role of it',
      allow({ AWS: 'arn:aws:iam::444455556666:role/ml' }),
      [],
      ['arn:aws:iam::444455556666:role/ml'],
    ],
    ['this account, which is nobody of elsewhere', allow({ AWS: `arn:aws:iam::${accountId}:root` }), [], []],
    ['anyone', allow('*'), ['exposed critical'], []],
    [
      'anyone whose account two conditions fit',
      allow('*', {
        Condition: {
          StringLike: { 'aws:PrincipalAccount': '1*' },
          ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*1:*' },
        },
      }),
      ['exposed critical'],
      [],
    ],
    [
      'anyone, until a day that is past',
      allow('*', { Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } } }),
      [],
      [],
    ],
    [
      'an account, until a day that is past',
      allow(
        { AWS: '444455556666' },
        { Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } } },
      ),
      [],
      [],
    ],
    [
      'an account, until a day that is to come',
      allow(
        { AWS: '444455556666' },
        { Condition: { DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } } },
      ),
      [],
      ['account 444455556666'],
    ],
    [
      'a role of an account of another partition',
      allow('*', { Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws-cn:iam::444455556666:role/ml' } } }),
      [],
      [],
    ],
    ['anyone, written otherwise', allow({ AWS: '*' }), ['exposed critical'], []],
    [
      'anyone of an organization',
      allow('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-acme' } } }),
      [],
      ['anyone of the organization o-acme'],
    ],
    [
      'anyone of an account',
      allow('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': '444455556666' } } }),
      [],
      ['account 444455556666'],
    ],
    ['nobody, for an action that projects do not have', allow('*', { Action: 's3:GetObject' }), [], []],
    [
      'nobody, for a model of another project',
      allow('*', { Resource: version.replace('shop', 'other') }),
      [],
      [],
    ],
    ['nobody, where it is denied again', [allow('*'), { ...allow('*'), Effect: 'Deny' }], [], []],
    [
      'all but one of an account',
      [
        allow({ AWS: '444455556666' }),
        { ...allow({ AWS: 'arn:aws:iam::444455556666:role/x' }), Effect: 'Deny' },
      ],
      [],
      ['account 444455556666'],
    ],
    ['a principal that was deleted', allow({ AWS: 'AROAABCDEFGHIJKLMNOPQ' }), [], []],
  ])('%s', (_, statement, findings, notes) => {
    expect(told(statement)).toEqual([findings, notes]);
  });

  test('a Deny of one policy binds the others of the project', () => {
    expect(
      told(allow({ AWS: '444455556666' }), { ...allow({ AWS: '444455556666' }), Effect: 'Deny' }),
    ).toEqual([[], []]);
  });

  test('what cannot be read is not known, and hides the worst', () => {
    const { findings } = projectFindings(
      [{ projectArn, policy: { name: 'broken', type: 'resource', text: '{' } }],
      admissions,
    );
    expect(findings).toMatchObject([{ kind: 'inconclusive', severity: 'critical', subject: 'project/shop' }]);
  });
});

test('an action that anyone can do is one, whoever of them does it', () => {
  const [finding] = found(allow('*')).findings;
  expect(finding?.actions.map(({ action }) => action)).toEqual(['rekognition:CopyProjectVersion']);
});
