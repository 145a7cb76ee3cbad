import { expect, test } from 'vitest';
import { actionsOf, kindsOf, reportOn } from './planned.ts';
import { account, allow, kept, plan, policy, resource, role } from './terraform-plans.ts';

const when = (effect: string, operator: string, key: string, value: string) =>
  policy(...(effect === 'Deny' ? [allow('rekognition:DetectLabels')] : []), {
    Effect: effect,
    Action: 'rekognition:DetectLabels',
    Resource: '*',
    Condition: { [operator]: { [key]: value } },
  });

/** What is found of a role that is made with an inline policy. */
async function found(document: string, after: object, after_unknown: object) {
  const made = resource('aws_iam_role.a', {
    after: { ...role('a'), arn: undefined, ...after },
    after_unknown: { arn: true, ...after_unknown },
  });
  const own = resource('aws_iam_role_policy.p', { after: { name: 'p', policy: document, role: 'a' } });
  const report = await reportOn(plan([made, own]));
  return kindsOf(report, 'role/a');
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
