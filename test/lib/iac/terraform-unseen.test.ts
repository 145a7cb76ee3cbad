import { describe, expect, test } from 'vitest';
import { readTerraformPlan } from '#lib/iac/terraform.ts';
import { exitCode } from '#lib/report/exit.ts';
import { actionsOf, everyAction, kindsOf, reportOn } from './planned.ts';
import { account, allow, kept, plan, policy, resource, role } from './terraform-plans.ts';

const a = resource('aws_iam_role.a', kept(role('a')));
const full = policy(allow('rekognition:*'));

describe('what deploys a template', () => {
  test.each([
    'aws_cloudformation_stack',
    'aws_cloudformation_stack_set',
    'aws_servicecatalog_provisioned_product',
  ])('%s is not seen through', async (type) => {
    const made = resource(`${type}.s`, { after: { name: 's' } });
    expect(kindsOf(await reportOn(plan([a, made])), `${type}.s`)).toEqual(['inconclusive critical']);
    const same = resource(`${type}.s`, kept({ name: 's' }));
    expect((await reportOn(plan([a, same]))).findings).toEqual([]);
  });
});

describe('the Cloud Control provider', () => {
  const trust = policy({
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  const own = { role_name: 'cc', assume_role_policy_document: trust, permissions_boundary: null };

  test('policies of a role', async () => {
    const policies = [{ policy_name: 'p', policy_document: full }];
    const made = resource('awscc_iam_role.r', { after: { ...own, policies }, after_unknown: { arn: true } });
    expect(actionsOf(await reportOn(plan([made])), 'role/cc', 'excess')).toEqual(everyAction);
  });

  test('what nobody configures is not an unknown policy; what is configured is', async () => {
    const made = resource('awscc_iam_role.r', {
      after: own,
      after_unknown: { arn: true, policies: true, managed_policy_arns: true, tags: true },
    });
    expect((await reportOn(plan([made], { 'awscc_iam_role.r': { role_name: {} } }))).findings).toEqual([]);
    const set = plan([made], { 'awscc_iam_role.r': { managed_policy_arns: { references: ['local.arns'] } } });
    expect(kindsOf(await reportOn(set), 'role/cc')).toEqual(['inconclusive critical']);
  });

  test.each([
    ['awscc_iam_role_policy', { role_name: 'a', policy_name: 'p', policy_document: full }],
    ['awscc_iam_managed_policy', { managed_policy_name: 'p', policy_document: full, roles: ['a'] }],
  ])('%s', async (type, after) => {
    const report = await reportOn(plan([a, resource(`${type}.p`, { after })]));
    expect(kindsOf(report, 'role/a')).toEqual(['excess critical']);
  });
});

describe('several accounts', () => {
  const of = (id: string, more: object = {}) =>
    kept({ ...role('deploy', more), arn: `arn:aws:iam::${id}:role/deploy` });
  const changes = [
    resource('aws_iam_role.one', of('111111111111')),
    resource(
      'aws_iam_role.two',
      of('222222222222', { permissions_boundary: 'arn:aws:iam::aws:policy/NoSuch' }),
    ),
    resource('aws_iam_role_policy.one', kept({ name: 'p', role: 'deploy', policy: full })),
  ];
  const providers = {
    resources: [
      { address: 'aws_iam_role.one', provider_config_key: 'aws.one' },
      { address: 'aws_iam_role_policy.one', provider_config_key: 'aws.one' },
      { address: 'aws_iam_role.two', provider_config_key: 'aws.two' },
    ],
  };
  const raw = {
    format_version: '1.2',
    resource_changes: changes,
    configuration: { root_module: providers },
  };

  test('have to be chosen from', () => {
    expect(() => readTerraformPlan(raw, { file: 'plan.json' })).toThrow(
      'plan.json deploys to several accounts (111111111111, 222222222222): choose one with --account-id',
    );
  });

  test('nothing is read for an account that none of it is deployed to', () => {
    expect(() => readTerraformPlan(raw, { file: 'plan.json', accountId: '333333333333' })).toThrow(
      'plan.json deploys to account 111111111111, 222222222222, and not to 333333333333',
    );
    const anywhere = plan([resource('aws_iam_role.one', { after: { ...role('deploy'), arn: undefined } })]);
    expect(anywhere.added).toHaveLength(1);
  });

  test('what is in another is not taken for what is in this one', async () => {
    const read = (accountId: string) => reportOn(readTerraformPlan(raw, { file: 'plan.json', accountId }));
    expect(kindsOf(await read('111111111111'), 'role/deploy')).toEqual(['excess critical']);
    expect((await read('222222222222')).findings).toEqual([]);
  });

  test('two of one name that nothing tells apart are not one', async () => {
    const made = (address: string) => resource(address, { after: { ...role('deploy'), arn: undefined } });
    const report = await reportOn(plan([made('aws_iam_role.one'), made('aws_iam_role.two')]));
    expect(report.findings.map(({ kind, summary }) => `${kind}: ${summary}`)).toEqual([
      'inconclusive: aws_iam_role.one and aws_iam_role.two are both called role/deploy, which one account cannot have: they are in different accounts, or one of them fails.',
    ]);
  });
});

test('a plan that deletes all that it knows of is clean', async () => {
  const gone = { actions: ['delete'], after: null };
  const report = await reportOn(
    plan([
      resource('aws_iam_role.a', { ...gone, before: role('a') }),
      resource('aws_iam_role_policy.p', { ...gone, before: { name: 'p', role: 'a', policy: full } }),
    ]),
  );
  expect(report.accountId).toBe(account.split(':')[4]);
  expect(exitCode(report)).toBe(0);
});
