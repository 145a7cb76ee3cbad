import { describe, expect, test } from 'vitest';
import type { Account } from '#lib/account/types.ts';
import { readTemplate } from '#lib/iac/template.ts';
import { renderDiff } from '#lib/report/diff-text.ts';
import { exitCode } from '#lib/report/exit.ts';
import { diffPlan } from '#lib/workbench/plan.ts';
import { accountId, accountOf, role } from '../reach/account.ts';
import { expecting } from './planned.ts';

const lets = (Principal: object, Condition?: object) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...(Condition && { Condition }),
});
const anyone = lets({ AWS: '*' });
const lambda = lets({ Service: 'lambda.amazonaws.com' });
const root = (account: string) => `arn:aws:iam::${account}:root`;
const elsewhere = (Condition?: object) => lets({ AWS: root('444455556666') }, Condition);
const externalId = { StringEquals: { 'sts:ExternalId': 'x' } };
const mfa = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
const may = { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' };
const assumes = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };

const planOf = (name: string, own: object, trust: object | readonly object[], Parameters: object = {}) =>
  readTemplate(
    JSON.stringify({
      Parameters,
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName: name,
            AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: trust },
            Policies: [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: [own] } }],
          },
        },
      },
    }),
    { file: 'template.json', accountId, region: 'us-east-1', partition: 'aws', stackName: 'photos' },
  );
const diffOf = (plan: ReturnType<typeof planOf>, base?: Account) =>
  diffPlan(plan, { expectations: expecting(), base });
const waysOf = async (...of: Parameters<typeof diffOf>) =>
  (await diffOf(...of)).findings
    .filter(({ kind }) => !kind.startsWith('access-'))
    .map(
      ({ kind, severity, summary }) =>
        `${kind} ${severity} ${summary.replace(/(: delete faces)?\.( Declared .*)?$/, '')}`,
    );

describe('who can become a role by a plan', () => {
  const faces = (trust: object | object[]) => accountOf(role('faces', trust, may));
  const planned = (trust: object | object[]) => planOf('faces', may, trust);

  test('the same as before, however it is written, is proved', async () => {
    const same = { ...lambda, Sid: 'Renamed', Principal: { Service: ['lambda.amazonaws.com'] } };
    const report = await diffOf(planned([same]), faces(lambda));
    expect(report.findings).toEqual([]);
    expect(exitCode(report)).toBe(0);
    expect(renderDiff(report)).toContain('proved equal: role/faces');
  });

  test('others than before are told, and nothing of its access is said to differ', async () => {
    const report = await diffOf(planned([anyone]), faces(lambda));
    expect(exitCode(report)).toBe(1);
    const shown = renderDiff(report, 80);
    expect(shown).toContain('+ critical: role/faces can be assumed by anyone with an AWS account');
    expect(shown).toContain('- low: role/faces can no longer be assumed by lambda.amazonaws.com');
    expect(shown).toContain('= access of its own: proved equal');
    expect(shown).not.toContain('proved equal: role/faces');
  });

  test.each<[string, object | object[], object | object[], string[]]>([
    [
      'one more account',
      [lambda],
      [lambda, elsewhere(externalId)],
      ['exposed critical role/faces can be assumed by account 444455556666, who could not before'],
    ],
    [
      'one account less',
      [lambda, elsewhere(externalId)],
      [lambda],
      ['unreachable low role/faces can no longer be assumed by account 444455556666'],
    ],
    [
      'an account, and its external id no more',
      [elsewhere(externalId)],
      [elsewhere()],
      [
        'exposed critical role/faces can be assumed by account 444455556666, without an external id, who could not before',
      ],
    ],
    [
      'one whom anyone includes is let in still',
      [elsewhere(externalId)],
      [anyone],
      ['exposed critical role/faces can be assumed by anyone with an AWS account, who could not before'],
    ],
    [
      'the same without a second factor',
      [lets({ AWS: root(accountId) }, mfa)],
      [lets({ AWS: root(accountId) })],
      ['exposed critical role/faces can be assumed under other conditions than before'],
    ],
  ])('%s', async (_, before, after, expected) => {
    expect(await waysOf(planned(after), faces(before))).toEqual(expected);
  });

  test('of somebody who can do nothing is no news', async () => {
    const idle = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
    expect(await waysOf(planOf('faces', idle, [anyone]), accountOf(role('faces', lambda, idle)))).toEqual([]);
  });

  test('of a new role is told who comes from elsewhere, and no service', async () => {
    expect(await waysOf(planned([lambda]), accountOf())).toEqual([]);
    expect(await waysOf(planned([lambda, elsewhere(externalId)]), accountOf())).toEqual([
      'exposed critical role/faces can be assumed by account 444455556666',
    ]);
    expect(await waysOf(planned([anyone]))).toEqual([
      'exposed critical role/faces can be assumed by anyone with an AWS account',
    ]);
  });

  test('is not known where the trust policy is not', async () => {
    const open = planOf('faces', may, [lets({ AWS: { Ref: 'Who' } })], { Who: { Type: 'String' } });
    const report = await diffOf(open, faces(lambda));
    expect(report.findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
    expect(report.findings[0]?.summary).toContain('Who can assume role/faces depends on Parameters.Who');
    expect(exitCode(report)).toBe(2);
  });
});

describe('who comes to a role through another one', () => {
  const back = role('back', lets({ AWS: `arn:aws:iam::${accountId}:role/front` }), may);
  const base = accountOf(role('front', lambda, assumes), back);

  test('is told of the role that he comes to', async () => {
    expect(await waysOf(planOf('front', assumes, [anyone]), base)).toEqual([
      'exposed critical role/back can be assumed by anyone with an AWS account through role/front, who could not before',
    ]);
    expect(await waysOf(planOf('front', assumes, [lambda]), base)).toEqual([]);
  });

  test('is not known where it is not known who comes to the other', async () => {
    const open = planOf('front', assumes, [lets({ AWS: { Ref: 'Who' } })], { Who: { Type: 'String' } });
    const report = await diffOf(open, base);
    expect(report.findings.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'inconclusive role/back',
    ]);
    expect(report.findings[0]?.summary).toContain('through role/front');
    expect(report.findings[0]?.summary).toContain('That depends on Parameters.Who');
    expect(exitCode(report)).toBe(2);
  });
});
