import { describe, expect, test } from 'vitest';
import type { Account, Group } from '#lib/account/types.ts';
import { readTerraformPlan } from '#lib/iac/terraform.ts';
import { role as anyRole, policyOf, user } from '#test/lib/reach/account.ts';
import { accountOf, expecting, kindsOf, reportOn } from './planned.ts';
import { allow, policy, resource } from './terraform-plans.ts';

const accountId = '111122223333';
const plan = (changes: object[]) =>
  readTerraformPlan({ format_version: '1.2', resource_changes: changes }, { file: 'plan.json', accountId });
const rules = expecting('principals:\n  - match: role/faces\n    expect: any\n');
const full = policy(allow('rekognition:*'));
const harmless = policy(allow('s3:GetObject'));
const arn = (what: string) => `arn:aws:iam::${accountId}:${what}`;

const shop = { name: 'shop', type: 'customer-managed', arn: arn('policy/shop'), versionId: 'v1' } as const;
const withPolicy = (text: string) => [{ ...shop, text }];
const accountWith = (own: object, more: Partial<Account> = {}) => ({
  ...accountOf(user('eve', own), anyRole('faces', [], allow('rekognition:*'))),
  accountId,
  ...more,
});
const group = (text: string): Group => ({
  name: 'vision',
  arn: arn('group/vision'),
  policies: [{ ...policyOf('own', []), group: 'vision', text }],
});
const managed = (text: string, more: object = {}) =>
  resource('aws_iam_policy.shop', {
    after: { name: 'shop', path: '/', arn: shop.arn, policy: text },
    ...more,
  });
const found = async (changes: object[], base?: Account) =>
  kindsOf(
    await reportOn(plan(changes), { ...(base && { base }), expectations: rules, onlyChanges: true }),
    'user/eve',
  );

describe('what somebody can come to by what a plan makes of the rest of the account', () => {
  const attaches = {
    ...allow('iam:AttachUserPolicy', arn('user/eve')),
    Condition: { ArnEquals: { 'iam:PolicyARN': shop.arn } },
  };

  test.each<[string, string, string[]]>([
    ['a policy that nobody has, and that allows something', full, ['indirect critical']],
    ['one that allows nothing in Rekognition', harmless, []],
  ])('%s', async (_, text, expected) => {
    expect(await found([managed(text)], accountWith(attaches))).toEqual(expected);
    const widened = [
      managed(text, { actions: ['update'], before: { name: 'shop', arn: shop.arn, policy: harmless } }),
    ];
    const base = accountWith(attaches, { managedPolicies: () => withPolicy(harmless) });
    expect(await found(widened, base)).toEqual(expected);
  });

  test('a policy that is narrowed may have its version back', async () => {
    const narrowed = [
      managed(harmless, { actions: ['update'], before: { name: 'shop', arn: shop.arn, policy: full } }),
    ];
    const setsDefault = allow('iam:SetDefaultPolicyVersion', shop.arn);
    const eve = user('eve', setsDefault);
    const holder = { ...eve, policies: [...eve.policies, ...withPolicy(full)] };
    const account = { ...accountOf(holder), accountId, managedPolicies: () => withPolicy(full) };
    const report = await reportOn(plan(narrowed), { base: account, expectations: rules });
    expect(kindsOf(report, 'user/eve')).toEqual(['indirect critical']);
    const idle = {
      ...accountOf({ ...eve, policies: withPolicy(full) }),
      accountId,
      managedPolicies: () => withPolicy(full),
    };
    expect(kindsOf(await reportOn(plan(narrowed), { base: idle, expectations: rules }), 'user/eve')).toEqual(
      [],
    );
  });

  const joins = allow('iam:AddUserToGroup', arn('group/vision'));
  const inline = (text: string) =>
    resource('aws_iam_group_policy.p', { after: { name: 'p', group: 'vision', policy: text } });
  const vision = resource('aws_iam_group.vision', { after: { name: 'vision', path: '/' } });

  test.each<[string, object[], Partial<Account>, string[]]>([
    [
      'a group that the plan gives something',
      [inline(full)],
      { groups: () => [group(harmless)] },
      ['indirect critical'],
    ],
    ['a group that it gives nothing', [inline(harmless)], { groups: () => [group(harmless)] }, []],
    ['a group that it makes', [vision, inline(full)], {}, ['indirect critical']],
    ['a group that it makes, with nothing', [vision, inline(harmless)], {}, []],
    ['a group that had it before', [inline(harmless)], { groups: () => [group(full)] }, []],
  ])('%s', async (_, changes, more, expected) => {
    expect(await found(changes, accountWith(joins, more))).toEqual(expected);
  });

  test('a group that the plan deletes is no way any more', async () => {
    const deleted = resource('aws_iam_group.vision', {
      actions: ['delete'],
      before: { name: 'vision', path: '/' },
      after: null,
    });
    const base = accountWith(joins, { groups: () => [group(full)] });
    const report = await reportOn(plan([deleted]), { base, expectations: rules });
    expect(kindsOf(report, 'user/eve')).toEqual([]);
    const other = await reportOn(plan([inline(harmless)]), { base, expectations: rules });
    expect(kindsOf(other, 'user/eve')).toEqual(['indirect critical']);
  });
});
