import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readTerraformPlan } from '#lib/iac/terraform.ts';
import { actionsOf, everyAction, expecting, kindsOf, reportOn } from './planned.ts';
import {
  account,
  allow,
  type Change,
  kept,
  plan,
  policy,
  references,
  resource,
  role,
} from './terraform-plans.ts';

const sample: unknown = JSON.parse(readFileSync('test/samples/iac/plan.json', 'utf8'));

describe('the sample plan', () => {
  const planned = readTerraformPlan(sample, { file: 'plan.json' });

  test('the snapshot of a role brings removed access not back: 41 actions more than expected', async () => {
    const expectations = expecting(
      'principals:\n  - match: role/analyst\n    expect: AmazonRekognitionReadOnlyAccess@v10',
    );
    const report = await reportOn(planned, { expectations });
    expect(actionsOf(report, 'role/analyst', 'excess')).toHaveLength(41);
    expect(kindsOf(report, 'role/analyst')).toEqual(['excess critical']);
    expect(report.findings.find(({ kind }) => kind === 'excess')?.declaredIn).toEqual([
      { address: 'aws_iam_role_policy.analyst' },
    ]);
  });

  test('an unknown resource is neither nothing nor silently the collection', async () => {
    const report = await reportOn(planned);
    expect(kindsOf(report, 'role/face-search')).toEqual(['inconclusive high']);
    expect(actionsOf(report, 'role/face-search')).toEqual(['SearchFacesByImage']);
    const [finding] = report.findings.filter(({ subject }) => subject === 'role/face-search');
    expect(finding?.summary).toContain('aws_rekognition_collection.visitors.arn');
    expect(finding?.summary).toContain('module.search.aws_iam_role_policy.this');
  });

  test('what is expected of everything may still be missing on what is unknown', async () => {
    const expectations = expecting(
      'sets:\n  all: [{ Effect: Allow, Action: "rekognition:SearchFacesByImage", Resource: "*" }]\nprincipals:\n  - match: role/face-search\n    expect: all',
    );
    expect(kindsOf(await reportOn(planned, { expectations }), 'role/face-search')).toEqual([
      'inconclusive medium',
    ]);
  });
});

describe('traps of a plan', () => {
  test('inline_policy and managed_policy_arns of a role that does not set them are not unknown policies', async () => {
    const after = role('a');
    const planned = plan([
      resource('aws_iam_role.a', {
        after,
        after_unknown: { inline_policy: true, managed_policy_arns: true },
      }),
    ]);
    expect(kindsOf(await reportOn(planned), 'role/a')).toEqual([]);
  });

  test('they are where the configuration sets them', async () => {
    const planned = plan(
      [resource('aws_iam_role.a', { after: role('a'), after_unknown: { managed_policy_arns: true } })],
      { 'aws_iam_role.a': { managed_policy_arns: references('local.policies') } },
    );
    const report = await reportOn(planned);
    expect(actionsOf(report, 'role/a', 'inconclusive')).toEqual(everyAction);
    expect(kindsOf(report, 'role/a')).toEqual(['inconclusive critical']);
  });

  test('what the snapshot shows and no resource of the plan owns was given by hand, and stays', async () => {
    const inline = { name: 'by-hand', policy: policy(allow('rekognition:DeleteFaces')) };
    const owned = { name: 'owned', policy: policy(allow('rekognition:DetectFaces')) };
    const planned = plan([
      resource('aws_iam_role.a', kept(role('a', { inline_policy: [inline, owned] }))),
      resource('aws_iam_role_policy.owned', { actions: ['delete'], before: { ...owned, role: 'a' } }),
    ]);
    expect(actionsOf(await reportOn(planned), 'role/a')).toEqual(['DeleteFaces']);
  });

  test('jsonencode with an unknown value is an unknown policy as a whole', async () => {
    const planned = plan([
      resource('aws_iam_role.a', kept(role('a'))),
      resource('aws_iam_role_policy.p', { after: { name: 'p', role: 'a' }, after_unknown: { policy: true } }),
    ]);
    expect(actionsOf(await reportOn(planned), 'role/a', 'inconclusive')).toEqual(everyAction);
  });

  test.each([['forget'], ['create', 'forget'], ['forget', 'create']])(
    'what is forgotten stays: %s %s',
    async (...actions) => {
      const before = { name: 'p', role: 'a', policy: policy(allow('rekognition:DeleteFaces')) };
      const after = actions.includes('create')
        ? { ...before, name: 'q', policy: policy(allow('rekognition:DetectFaces')) }
        : null;
      const planned = plan([
        resource('aws_iam_role.a', kept(role('a'))),
        resource('aws_iam_role_policy.p', { actions: actions.filter(Boolean), before, after }),
      ]);
      expect(actionsOf(await reportOn(planned), 'role/a', 'excess')).toContain('DeleteFaces');
    },
  );

  test('an action that is not known is not clean', async () => {
    const planned = plan([
      resource('aws_iam_role.a', kept(role('a'))),
      resource('aws_iam_role_policy.p', {
        actions: ['vanish'],
        before: { name: 'p', role: 'a', policy: policy(allow('s3:*')) },
      }),
    ]);
    const report = await reportOn(planned);
    expect(kindsOf(report, 'aws_iam_role_policy.p')).toEqual(['inconclusive critical']);
  });

  test.each([
    ['an error', { errored: true }],
    ['targets', { complete: false }],
    [
      'what is deferred',
      {
        deferred_changes: [
          { reason: 'instance_count_unknown', resource_change: resource('aws_iam_role.b', {}) },
        ],
      },
    ],
    ['actions', { action_invocations: [{}] }],
  ])('a plan with %s does not show everything', async (_, more) => {
    const report = await reportOn(plan([resource('aws_iam_role.a', kept(role('a')))], {}, more));
    expect(report.findings.map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
      'inconclusive critical',
    ]);
  });

  test('a boundary that is removed, or unknown, bounds nothing', async () => {
    const bound = {
      name: 'b',
      path: '/',
      arn: `${account}:policy/b`,
      policy: policy(allow('rekognition:Detect*')),
    };
    const own = { name: 'p', role: 'a', policy: policy(allow('rekognition:*')) };
    const changes = (change: Change) => [
      resource('aws_iam_policy.b', kept(bound)),
      resource('aws_iam_role_policy.p', kept(own)),
      resource('aws_iam_role.a', change),
    ];
    const bounded = role('a', { permissions_boundary: bound.arn });
    expect(actionsOf(await reportOn(plan(changes(kept(bounded)))), 'role/a', 'excess')).toHaveLength(6);
    const removed = plan(changes({ before: bounded, after: role('a', { permissions_boundary: '' }) }));
    expect(actionsOf(await reportOn(removed), 'role/a', 'excess')).toEqual(everyAction);
    const unknown = plan(
      changes({ before: bounded, after: role('a'), after_unknown: { permissions_boundary: true } }),
    );
    expect(actionsOf(await reportOn(unknown), 'role/a', 'inconclusive')).toEqual(everyAction);
  });
});
