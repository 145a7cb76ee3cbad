import { describe, expect, test } from 'vitest';
import { accountOf, actionsOf, everyAction, kindsOf, principal, reportOn } from './planned.ts';
import { account, allow, kept, plan, policy, references, resource, role } from './terraform-plans.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const a = resource('aws_iam_role.a', kept(role('a')));
const made = (address: string, after: object, after_unknown: object = {}) =>
  resource(address, { after, after_unknown });
const detects = policy(allow('rekognition:DetectLabels'));
const inline = { name: 'x', type: 'inline', text: detects } as const;

describe('an exclusive list of attachments', () => {
  test('attaches what it names', async () => {
    const report = await reportOn(
      plan([a, made('aws_iam_role_policy_attachments_exclusive.e', { role_name: 'a', policy_arns: [full] })]),
    );
    expect(actionsOf(report, 'role/a', 'excess')).toEqual(everyAction);
  });

  test('may attach anything where it is not known', async () => {
    const report = await reportOn(
      plan([
        a,
        made('aws_iam_role_policy_attachments_exclusive.e', { role_name: 'a' }, { policy_arns: true }),
      ]),
    );
    expect(kindsOf(report, 'role/a')).toEqual(['inconclusive critical']);
  });

  test('leaves attached what it named when it is deleted', async () => {
    const before = { role_name: 'a', policy_arns: [full] };
    const deleted = resource('aws_iam_role_policy_attachments_exclusive.e', {
      actions: ['delete'],
      before,
      after: null,
    });
    expect(kindsOf(await reportOn(plan([a, deleted])), 'role/a')).toEqual(['excess critical']);
    const attachment = resource('aws_iam_role_policy_attachment.x', {
      actions: ['delete'],
      before: { role: 'a', policy_arn: full },
    });
    expect(kindsOf(await reportOn(plan([a, deleted, attachment])), 'role/a')).toEqual([]);
  });

  test('an item that refers to a policy of the plan is that policy', async () => {
    const change = (document: string) => [
      a,
      made('aws_iam_policy.p', { name: 'p', path: '/', policy: document }, { arn: true }),
      made(
        'aws_iam_role_policy_attachments_exclusive.e',
        { role_name: 'a', policy_arns: [null] },
        { policy_arns: [true] },
      ),
    ];
    const expressions = {
      'aws_iam_role_policy_attachments_exclusive.e': {
        policy_arns: references('aws_iam_policy.p.arn', 'aws_iam_policy.p'),
      },
    };
    expect(kindsOf(await reportOn(plan(change(policy(allow('s3:*'))), expressions)), 'role/a')).toEqual([]);
    const report = await reportOn(plan(change(detects), expressions));
    expect(actionsOf(report, 'role/a', 'excess')).toEqual(['DetectLabels']);
  });

  test.each([
    ['aws_ssoadmin_managed_policy_attachments_exclusive.e', { managed_policy_arns: [full] }],
    [
      'aws_ssoadmin_customer_managed_policy_attachments_exclusive.e',
      { customer_managed_policy_reference: [{ name: 'p', path: '/' }] },
    ],
  ])('of a permission set, too: %s', async (address, after) => {
    const set = 'arn:aws:sso:::permissionSet/ssoins-1/ps-1';
    const report = await reportOn(
      plan([
        resource('aws_ssoadmin_permission_set.s', kept({ name: 'Vision', arn: set })),
        resource(
          'aws_iam_policy.p',
          kept({ name: 'p', path: '/', arn: `${account}:policy/p`, policy: detects }),
        ),
        made(address, { permission_set_arn: set, ...after }),
      ]),
    );
    expect(actionsOf(report, 'role/AWSReservedSSO_Vision_*', 'excess')).toContain('DetectLabels');
  });
});

test('the boundary of a permission set bounds it', async () => {
  const set = 'arn:aws:sso:::permissionSet/ssoins-1/ps-1';
  const bound = { managed_policy_arn: null, customer_managed_policy_reference: [{ name: 'b', path: '/' }] };
  const report = await reportOn(
    plan([
      resource('aws_ssoadmin_permission_set.s', kept({ name: 'Vision', arn: set })),
      resource(
        'aws_iam_policy.b',
        kept({ name: 'b', path: '/', arn: `${account}:policy/b`, policy: detects }),
      ),
      made('aws_ssoadmin_managed_policy_attachment.m', { permission_set_arn: set, managed_policy_arn: full }),
      made('aws_ssoadmin_permissions_boundary_attachment.b', {
        permission_set_arn: set,
        permissions_boundary: [bound],
      }),
    ]),
  );
  expect(actionsOf(report, 'role/AWSReservedSSO_Vision_*')).toEqual(['DetectLabels']);
});

describe('a list that is not known', () => {
  test('of inline policies: what the role has may stay or go', async () => {
    const base = accountOf(principal('role', 'a', { policies: [inline] }));
    const report = await reportOn(
      plan([made('aws_iam_role_policies_exclusive.e', { role_name: 'a' }, { policy_names: true })]),
      { base },
    );
    expect(kindsOf(report, 'role/a')).toEqual(['inconclusive medium']);
  });

  test('of members: whoever is in the group may stay or go, and anybody may come', async () => {
    const ofGroup = { ...inline, group: 'g' };
    const base = accountOf(
      principal('user', 'u'),
      principal('user', 'v', { policies: [ofGroup], groups: ['g'] }),
    );
    const report = await reportOn(
      plan([made('aws_iam_group_membership.m', { name: 'm', group: 'g', users: [null] }, { users: [true] })]),
      { base },
    );
    for (const user of ['user/u', 'user/v']) expect(kindsOf(report, user)).toEqual(['inconclusive medium']);
  });

  test('of holders: an Allow and a Deny for somebody unknown may be for different ones', async () => {
    const given = (name: string, document: string) =>
      made(`aws_iam_role_policy.${name}`, { name, policy: document }, { role: true });
    const deny = policy({ Effect: 'Deny', Action: '*', Resource: '*' });
    const report = await reportOn(plan([a, given('x', detects), given('y', deny)]));
    expect(actionsOf(report, 'role/a', 'inconclusive')).toEqual(['DetectLabels']);
  });
});
