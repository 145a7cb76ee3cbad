import { expect, test } from 'vitest';
import type { Guardrails } from '#lib/account/types.ts';
import { accountOf, actionsOf, kindsOf, principal, reportOn } from './planned.ts';
import { account, allow, kept, plan, policy, resource, role } from './terraform-plans.ts';

const when = (effect: string, operator: string, key: string, value: string) =>
  policy(...(effect === 'Deny' ? [allow('rekognition:DetectLabels')] : []), {
    Effect: effect,
    Action: 'rekognition:DetectLabels',
    Resource: '*',
    Condition: { [operator]: { [key]: value } },
  });

/** What is found of a role that is made with an inline policy. */
async function found(document: string, after: object, after_unknown: object, guardrails?: Guardrails) {
  const made = resource('aws_iam_role.a', {
    after: { ...role('a'), arn: undefined, ...after },
    after_unknown: { arn: true, ...after_unknown },
  });
  const own = resource('aws_iam_role_policy.p', { after: { name: 'p', policy: document, role: 'a' } });
  return kindsOf(await reportOn(plan([made, own]), { guardrails }), 'role/a');
}

const open = ['inconclusive medium'];

test.each([
  ['Allow', 'StringEquals', open],
  ['Allow', 'StringNotEquals', open],
  ['Deny', 'StringNotEquals', open],
  ['Deny', 'StringEquals', open],
  ['Deny', 'Null', open],
])('a tag that is not known may be what a policy asks for: %s, %s', async (effect, operator, expected) => {
  const document = when(effect, operator, 'aws:PrincipalTag/team', operator === 'Null' ? 'true' : 'vision');
  expect(await found(document, {}, { tags_all: { team: true } })).toEqual(expected);
  expect(await found(document, {}, { tags_all: true })).toEqual(expected);
});

test('a tag that is known beside one that is not is itself', async () => {
  const document = when('Allow', 'StringEquals', 'aws:PrincipalTag/team', 'vision');
  const unknowns = { tags_all: { vpc: true } };
  expect(await found(document, { tags_all: { team: 'web' } }, unknowns)).toEqual([]);
  expect(await found(document, { tags_all: { team: 'vision' } }, unknowns)).toEqual(['excess medium']);
  expect(await found(document, { tags: { team: 'web' } }, { tags_all: true })).toEqual([]);
});

test('a tag in the name of a resource may be anything', async () => {
  const document = policy(
    allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/${aws:PrincipalTag/team}'),
  );
  expect(await found(document, {}, { tags_all: { team: true } })).toEqual(['inconclusive high']);
});

const everything = policy(allow('*'));

/** Everything is allowed, but for what a policy denies. */
const above = (text: string): Guardrails => ({
  scps: [
    [
      { name: 'FullAWSAccess', type: 'scp', text: everything },
      { name: 'own', type: 'scp', text },
    ],
  ],
});

const deniesUnless = (operator: string, value: string) =>
  policy({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { [operator]: { 'aws:PrincipalTag/team': value } },
  });

test.each([
  ['StringNotEquals', 'vision'],
  ['StringEquals', 'web'],
  ['Null', 'true'],
  ['Null', 'false'],
])('what an SCP asks of a tag that is not known may be either: %s %s', async (operator, value) => {
  const guardrails = above(deniesUnless(operator, value));
  const document = policy(allow('rekognition:DetectLabels'));
  expect(await found(document, {}, { tags_all: { team: true } }, guardrails)).toEqual(open);
  expect(await found(document, {}, { tags_all: true }, guardrails)).toEqual(open);
});

test('so may the path that an SCP asks for', async () => {
  const document = policy(allow('rekognition:DetectLabels'));
  const byPath = policy({
    ...allow('*'),
    Effect: 'Deny',
    Condition: { ArnNotLike: { 'aws:PrincipalArn': `${account}:role/vision/*` } },
  });
  expect(await found(document, { path: undefined }, { path: true }, above(byPath))).toEqual(open);
});

test('so may what the only VPC endpoint asks that they can come through', async () => {
  const through = { Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } };
  const document = policy({ ...allow('rekognition:DetectLabels'), ...through });
  const tagged = { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'vision' } } };
  const text = policy({ ...allow('*'), Principal: '*', ...tagged });
  const guardrails: Guardrails = { vpcEndpoints: [{ name: 'vpce-1', type: 'endpoint', text }] };
  expect(await found(document, {}, { tags_all: { team: true } }, guardrails)).toEqual(open);
  expect(await found(document, {}, {}, guardrails)).toEqual([]);
});

test('what it depends on is named', async () => {
  const guardrails = above(deniesUnless('StringNotEquals', 'vision'));
  const made = resource('aws_iam_role.a', {
    after: { ...role('a'), arn: undefined },
    after_unknown: { arn: true, tags_all: { team: true } },
  });
  const own = resource('aws_iam_role_policy.p', {
    after: { name: 'p', policy: policy(allow('rekognition:DetectLabels')), role: 'a' },
  });
  const report = await reportOn(plan([made, own]), { guardrails });
  expect(report.findings.map(({ summary }) => summary)).toEqual([
    expect.stringContaining('depends on the tag team of aws_iam_role.a, known only after the deployment'),
  ]);
  const base = accountOf(principal('role', 'a', { tags: { team: 'web' } }));
  const changed = { ...made, change: { ...made.change, actions: ['update'], before: role('a') } };
  const onTop = await reportOn(plan([changed, own]), { guardrails, base });
  expect(kindsOf(onTop, 'role/a')).toEqual(open);
});

test('what an SCP asks of a tag that is known is answered', async () => {
  const document = policy(allow('rekognition:DetectLabels'));
  const guardrails = above(deniesUnless('StringNotEquals', 'vision'));
  const unknowns = { tags_all: { vpc: true } };
  expect(await found(document, { tags_all: { team: 'vision' } }, unknowns, guardrails)).toEqual([
    'excess medium',
  ]);
  expect(await found(document, { tags_all: { team: 'web' } }, unknowns, guardrails)).toEqual([]);
  expect(await found(document, {}, unknowns, guardrails)).toEqual([]);
});

test('a path that is not known may be what a policy asks for', async () => {
  const document = when('Allow', 'ArnLike', 'aws:PrincipalArn', `${account}:role/vision/*`);
  expect(await found(document, { path: undefined }, { path: true })).toEqual(open);
  expect(await found(document, { path: '/web/' }, {})).toEqual([]);
});

test('so may the rest of a name that the deployment makes', async () => {
  const document = when('Allow', 'ArnEquals', 'aws:PrincipalArn', `${account}:role/app-1`);
  const made = resource('aws_iam_role.a', {
    after: { ...role('a'), name: undefined, arn: undefined, name_prefix: 'app-' },
    after_unknown: { name: true, arn: true },
  });
  const own = resource('aws_iam_role_policy.p', {
    after: { name: 'p', policy: document },
    after_unknown: { role: true },
  });
  const report = await reportOn(plan([made, own]));
  expect(actionsOf(report, 'role/app-*', 'inconclusive')).toEqual(['DetectLabels']);
});

test('of what nobody asks, nothing is open', async () => {
  const document = policy(allow('rekognition:DetectLabels'));
  expect(await found(document, { path: undefined }, { path: true, tags_all: true })).toEqual([
    'excess medium',
  ]);
  expect(kindsOf(await reportOn(plan([resource('aws_iam_role.b', kept(role('b')))])), 'role/b')).toEqual([]);
});
