import type { PolicySource } from '@permission-check/iam-policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { firstExpectations } from '#lib/check/init.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import { exitCode } from '#lib/report/exit.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';

const collection = (name: string) => `arn:aws:rekognition:*:${accountId}:collection/${name}`;
const resources = [
  '*',
  collection('a-*'),
  collection(`$\{aws:username}`),
  'arn:aws:s3:::bucket/*',
  'arn:aws:rekognition:eu-west-1:*:project/*',
  'arn:aws:rekognition',
];
const conditions = [
  undefined,
  undefined,
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  { IpAddress: { 'aws:SourceIp': ['198.51.100.0/24', '203.0.113.0/24'] } },
  { StringEquals: { 'aws:ResourceTag/team': `$\{aws:PrincipalTag/team}` } },
  { DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' }, Bool: { 'aws:SecureTransport': 'true' } },
  { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
];
const patterns = [
  'rekognition:*',
  'rekognition:Delete*',
  'rekognition:IndexFaces',
  'rekognition:List*',
  'rekognition:DetectText',
  's3:*',
  '*',
  'rekognition:FooBar',
];
const statement = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    actions: fc.subarray(patterns, { minLength: 1, maxLength: 2 }),
    notAction: fc.constantFrom(false, false, false, true),
    resources: fc.subarray(resources, { minLength: 1, maxLength: 2 }),
    notResource: fc.constantFrom(false, false, false, true),
    condition: fc.constantFrom(...conditions),
  })
  .map(({ Effect, actions, notAction, resources: on, notResource, condition }) => ({
    Effect,
    [notAction ? 'NotAction' : 'Action']: actions,
    [notResource ? 'NotResource' : 'Resource']: on,
    ...(condition && { Condition: condition }),
  }));
const policies = fc.array(statement, { maxLength: 3 }).map((statements) => policyOf('p', statements));
const managed = fc.constantFrom(
  ...['AmazonRekognitionReadOnlyAccess@v4', 'AmazonRekognitionFullAccess', 'AdministratorAccess'].flatMap(
    catalogPolicies,
  ),
);
const boundary = policies.map((policy): PolicySource => ({ ...policy, name: 'b', type: 'customer-managed' }));
const trusts = [
  [],
  { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
  { Effect: 'Allow', Principal: { Service: 'rekognition.amazonaws.com' }, Action: 'sts:AssumeRole' },
  { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'sts:AssumeRole' },
  {
    Effect: 'Allow',
    Principal: { Federated: 'token.actions.githubusercontent.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
  },
];
const names = ['app-a', 'app-b', 'app-c', 'app-d', 'ops.x', 'true', '0123', "o'x"];
const principals = fc
  .array(
    fc.record({
      kind: fc.constantFrom('user' as const, 'role' as const),
      own: fc.array(fc.oneof(policies, managed), { maxLength: 2 }),
      boundary: fc.option(boundary, { nil: undefined, freq: 3 }),
      trust: fc.constantFrom(...trusts),
    }),
    { minLength: 1, maxLength: names.length },
  )
  .map((all) =>
    all.map(({ kind, own, boundary: limit, trust }, index): Principal => {
      const given = { policies: own, ...(limit && { boundary: limit }), tags: { team: 'a' } };
      const name = names[index] ?? 'x';
      return kind === 'user' ? user(name, [], given) : role(name, trust, [], given);
    }),
  );

async function checked(all: readonly Principal[], text: string) {
  const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return checkAccount(accountOf(...all), { expectations });
}

test('a check with what init writes finds nothing', async () => {
  await fc.assert(
    fc.asyncProperty(principals, async (all) => {
      const { text, notJudged } = await firstExpectations(accountOf(...all), {});
      const report = await checked(all, text);
      expect(report.findings, text).toEqual([]);
      if (notJudged.length === 0) expect(exitCode(report), text).toBe(0);
    }),
    { numRuns: 20 },
  );
}, 120_000);

const detect = { Effect: 'Allow', Action: 'rekognition:DetectText', Resource: '*' };
const remove = { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' };

test('writes patterns for harmless access only, and hides nothing under them', async () => {
  const harmless = ['label-a', 'label-b', 'label-c'].map((name) => role(name, [], detect));
  const critical = ['purge-a', 'purge-b', 'purge-c'].map((name) => role(name, [], remove));
  const { text } = await firstExpectations(accountOf(...harmless, ...critical), {});
  expect(text).toContain('match: role/label-*');
  expect(text).not.toContain('purge-*');
  const newcomers = [role('label-d', [], remove), role('purge-d', [], remove), role('label-e', [], detect)];
  const { findings } = await checked([...harmless, ...critical, ...newcomers], text);
  const found = findings.filter(({ kind }) => kind !== 'missing');
  expect(found.map(({ subject, kind }) => [subject, kind])).toEqual([
    ['role/label-d', 'excess'],
    ['role/purge-d', 'excess'],
  ]);
});

test('no pattern reaches somebody who should not have it', async () => {
  const all = [...['a', 'b', 'c'].map((name) => role(`label-${name}`, [], detect)), role('label-x')];
  const { text } = await firstExpectations(accountOf(...all), {});
  expect(text).not.toContain('*\n');
  expect(text).toContain('- role/label-a');
});

test('names sets that are equal, with the version, and asks about what is critical', async () => {
  const attached = (name: string, address: string) => user(name, [], { policies: catalogPolicies(address) });
  const all = [
    attached('old', 'AmazonRekognitionReadOnlyAccess@v4'),
    attached('admin', 'AdministratorAccess'),
  ];
  const { text } = await firstExpectations(accountOf(...all), {});
  expect(text).toContain('[AmazonRekognitionReadOnlyAccess@v4]');
  expect(text).toContain('[AdministratorAccess@v1]');
  expect(text).toMatch(/# critical: can .*; is that so\?\n {2}- match: user\/admin/);
  // An administrator is held to what he has, as everybody is.
  const more = await checked([all[0] ?? user('x'), user('admin')], text);
  expect(more.findings.map(({ kind }) => kind)).toEqual(['missing']);
});

test('writes guards that hold', async () => {
  const withMfa = { ...remove, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } };
  const all = [user('a', [withMfa, detect]), user('b', withMfa), role('c', [], remove)];
  const { text } = await firstExpectations(accountOf(...all), {});
  expect(text).toMatch(
    /guards:\n {2}mfa-for-users:\n {4}actions:\n {6}- rekognition:DeleteFaces\n {4}applies-to: users\n {4}mfa: true\n/,
  );
  expect((await checked(all, text)).findings).toEqual([]);
});

test('names who may assume a role whose trust policy cannot be read', async () => {
  const anyone = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  const may = { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' };
  const account = accountOf(role('faces', { ...anyone, Condition: { Foo: { 'aws:username': 'x' } } }, may));
  const { text, notJudged } = await firstExpectations(account, {});
  expect(notJudged).toEqual([]);
  const { expectations } = parseExpectations(text, 'e.yaml');
  expect(exitCode(await checkAccount(account, { expectations }))).toBe(0);
});
