import { expect, test } from 'vitest';
import { role as anyRole, user } from '#test/lib/reach/account.ts';
import { accountOf, expecting, kindsOf, reportOn } from './planned.ts';
import { allow, plan, policy, resource, role } from './terraform-plans.ts';

const service = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
const own = (document: string, unknown: object = {}) =>
  resource('aws_iam_role_policy.p', {
    after: { name: 'p', policy: document, role: 'a' },
    after_unknown: unknown,
  });
const made = resource('aws_iam_role.a', { after: role('a') });
const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const faces = anyRole('faces', service, allow('rekognition:DeleteFaces'));
const rules = 'principals:\n  - match: role/faces\n    expect: any\n';
const base = { ...accountOf(faces), accountId: '111122223333' };
const passing = (resourceArn: string) =>
  policy(allow('iam:PassRole', resourceArn), allow('lambda:CreateFunction'), allow('lambda:InvokeFunction'));

async function found(document: string, unknown: object = {}, more: object = {}) {
  const report = await reportOn(plan([made, own(document, unknown)]), {
    base,
    expectations: expecting(rules),
    ...more,
  });
  return report.findings
    .filter(({ subject }) => subject === 'role/a')
    .map(({ kind, severity }) => `${kind} ${severity}`);
}

test('what somebody can come to by a plan is found before it is deployed', async () => {
  expect(await found(policy(allow('iam:PutRolePolicy')))).toEqual(['indirect critical']);
  expect(await found(passing(arn('faces')))).toEqual(['indirect critical']);
  expect(await found(passing(arn('other')))).toEqual([]);
  expect(await found(policy(allow('s3:*')))).toEqual([]);
});

test('without an account by what the plan shows', async () => {
  const report = await reportOn(plan([made, own(policy(allow('iam:PutRolePolicy')))]));
  expect(kindsOf(report, 'role/a')).toEqual(['indirect critical']);
});

test('a policy that is not known as a whole may allow anything plainly', async () => {
  expect(await found('', { policy: true })).toEqual(['inconclusive critical']);
});

test('among changes only what the plan brings', async () => {
  const only = { onlyChanges: true };
  expect(await found(policy(allow('iam:PutRolePolicy')), {}, only)).toEqual(['indirect critical']);
  const eve = user('eve', allow('iam:PutUserPolicy'));
  const account = { ...accountOf(faces, eve), accountId: '111122223333' };
  const before = await reportOn(plan([made]), { base: account, expectations: expecting(rules) });
  expect(kindsOf(before, 'user/eve')).toEqual(['indirect critical']);
  const changes = await reportOn(plan([made]), { base: account, expectations: expecting(rules), ...only });
  expect(kindsOf(changes, 'user/eve')).toEqual([]);
});
