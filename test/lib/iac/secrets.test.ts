import { describe, expect, test } from 'vitest';
import { markedTexts, withoutSecrets } from '#lib/iac/secrets.ts';
import { readTemplate } from '#lib/iac/template.ts';
import type { Reading } from '#lib/iac/worlds.ts';
import { checkPlan } from '#lib/workbench/plan.ts';
import { expectations } from '../expectation/fixtures.ts';
import { allow, kept, plan, policy, resource, role } from './terraform-plans.ts';

const nothing = expectations('default: []\n');

/** The report of a plan, and the whole of it as text. */
async function reported(...readings: readonly Reading[]) {
  const report = await checkPlan(readings, { expectations: nothing });
  return { report, text: JSON.stringify(report) };
}

const hidden = {
  ...allow('rekognition:DeleteFaces', 'arn:aws:rekognition:us-east-1:123456789012:collection/witnesses-*'),
  Condition: { StringEquals: { 'aws:PrincipalTag/case': 'operation-nightfall' } },
};
const planned = (marks: object) =>
  plan([
    resource('aws_iam_role.analyst', kept(role('analyst', { tags: { case: 'operation-nightfall' } }))),
    resource('aws_iam_role_policy.faces', {
      after: { role: 'analyst', name: 'faces', policy: policy(hidden) },
      ...marks,
    }),
  ]);

describe('what a plan marks as sensitive', () => {
  test('is judged, and not shown', async () => {
    const { report, text } = await reported({
      planned: planned({ after_sensitive: { policy: true } }),
      usual: true,
    });
    expect(report.findings.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(['excess role/analyst']);
    expect(text).toContain('DeleteFaces');
    expect(text).not.toMatch(/witnesses|nightfall/);
  });

  test('is shown where it is not marked', async () => {
    const { text } = await reported({ planned: planned({}), usual: true });
    expect(text).toContain('witnesses-');
    expect(text).toContain('nightfall');
  });

  test('may be a part of a value', () => {
    const marks = { tags: { key: true }, list: [false, true] };
    const value = { tags: { key: 'secret-tag', other: 'plain' }, list: ['plain', 'secret-item'] };
    expect(markedTexts(value, marks)).toEqual(['secret-tag', 'secret-item']);
  });
});

test('a value of a parameter with NoEcho is not shown, given or not', async () => {
  const template = {
    Parameters: { Ticket: { Type: 'String', NoEcho: true, Default: 'tkt-default' } },
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'analyst',
          AssumeRolePolicyDocument: {
            Statement: [
              {
                Effect: 'Allow',
                Principal: { AWS: '*' },
                Action: 'sts:AssumeRole',
                Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'Ticket' } } },
              },
            ],
          },
          Policies: [
            { PolicyName: 'faces', PolicyDocument: { Statement: [allow('rekognition:DeleteFaces')] } },
          ],
        },
      },
    },
  };
  const place = { file: 't.json', accountId: '123456789012', region: 'us-east-1', partition: 'aws' };
  for (const parameters of [{}, { Ticket: 'tkt-given' }]) {
    const readings = readTemplate(JSON.stringify(template), { ...place, parameters });
    const { report, text } = await reported(...readings);
    expect(report.findings.map(({ kind }) => kind)).toContain('exposed');
    expect(text).not.toMatch(/tkt-/);
  }
});

test('names of principals and actions stay', () => {
  const finding = {
    subject: 'role/secret',
    summary: 'role/secret on secret',
    principalArn: 'arn:role/secret',
  };
  expect(withoutSecrets(finding, ['secret'])).toEqual({
    ...finding,
    summary: 'role/(sensitive) on (sensitive)',
  });
});
