import type { PolicySource } from '@permission-check/iam-policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import { exitCode, openFindings } from '#lib/report/exit.ts';
import { firstExpectations } from '#lib/workbench/init.ts';
import { accountId, accountOf, policyOf, role, user } from '#test/lib/reach/account.ts';

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
  { Null: { 'aws:TokenIssueTime': 'false' } },
  { StringLikeIfExists: { 'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/app-*` } },
  { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['team'] } },
  { NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } },
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
  'iam:PassRole',
  'sts:AssumeRole',
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
const names = ['app-a', 'app-b', 'app-c', 'app-d', 'app-e', 'ops.x', 'true', '0123', "o'x"];
const drawn = fc.record({
  kind: fc.constantFrom('user' as const, 'role' as const, 'role' as const),
  own: fc.constantFrom(0, 0, 0, 1, 2),
  isInGroup: fc.boolean(),
  boundary: fc.option(boundary, { nil: undefined, freq: 3 }),
  trust: fc.constantFrom(...trusts),
  path: fc.constantFrom('/', '/', '/team/'),
});
/** Some have the same policies, as people do, so that there is something to group. */
const principals = fc
  .record({
    pool: fc.tuple(...[1, 2, 3].map(() => fc.array(fc.oneof(policies, managed), { maxLength: 2 }))),
    ofGroup: policies,
    all: fc.array(drawn, { minLength: 1, maxLength: names.length }),
  })
  .map(({ pool, ofGroup, all }) =>
    all.map(({ kind, own, isInGroup, boundary: limit, trust, path }, index): Principal => {
      const name = names[index] ?? 'x';
      const joins = kind === 'user' && isInGroup;
      const shared = joins ? [{ ...ofGroup, name: 'of the team', group: 'team' }] : [];
      const given = {
        policies: [...(pool[own] ?? []), ...shared],
        ...(limit && { boundary: limit }),
        ...(joins && { groups: ['team'] }),
        tags: { team: 'a' },
        path,
        arn: `arn:aws:iam::${accountId}:${kind}${path}${name}`,
      };
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
      expect(openFindings(report.findings), text).toEqual([]);
      if (notJudged.length === 0) expect(exitCode(report), text).toBe(0);
    }),
    { numRuns: 20 },
  );
}, 240_000);

const everything = { Effect: 'Allow', Action: 'rekognition:*', Resource: '*' };

/** Somebody of a name with a path: `role/team/app-1`. */
function named(subject: string, may: object): Principal {
  const [kind = '', ...parts] = subject.split('/');
  const name = parts.at(-1) ?? '';
  const path = ['', ...parts.slice(0, -1), ''].join('/').replace(/^\/+/, '/');
  const given = { path, arn: `arn:aws:iam::${accountId}:${subject}` };
  return kind === 'user' ? user(name, may, given) : role(name, [], may, given);
}

/** Several alike, of whom init may make a pattern where what they can do is harmless. */
const alike = fc
  .record({
    action: fc.constantFrom('DetectText', 'List*', 'Describe*', 'Detect*', 'Get*', 'Search*', 'Delete*'),
    condition: fc.constantFrom(...conditions.slice(1, 6)),
    count: fc.integer({ min: 3, max: 5 }),
    path: fc.constantFrom('/', '/team/'),
    kind: fc.constantFrom('user' as const, 'role' as const),
  })
  .map(({ action, condition, count, path, kind }) => {
    const may = { Effect: 'Allow', Action: `rekognition:${action}`, Resource: '*', Condition: condition };
    return Array.from({ length: count }, (_, at) => named(`${kind}${path}app-${at}`, may));
  });

test('whoever gets a name later that a pattern of init matches is expected to have nothing critical or high', async () => {
  const sensitive = actions.filter(({ severity }) => severity === 'critical' || severity === 'high');
  let patterns = 0;
  await fc.assert(
    fc.asyncProperty(principals, alike, async (some, others) => {
      const all = [...some.slice(0, 3), ...others];
      const { text } = await firstExpectations(accountOf(...all), {});
      expect(openFindings((await checked(all, text)).findings), text).toEqual([]);
      const globs = [...text.matchAll(/(?:match: |- )((?:user|role)\/\S*\*)$/gm)].map(
        ([, glob = '']) => glob,
      );
      patterns += globs.length;
      const newcomers = globs.map((glob) => named(glob.replace('*', 'newcomer'), everything));
      const { findings } = await checked(newcomers, text);
      for (const { arn } of newcomers) {
        const found = findings.filter(({ kind, principalArn }) => kind === 'excess' && principalArn === arn);
        const told = new Set(found.flatMap((one) => one.actions.map(({ action }) => action)));
        expect(
          sensitive.filter(({ action }) => !told.has(action)).map(({ action }) => action),
          text,
        ).toEqual([]);
      }
    }),
    { numRuns: 15, seed: 20_261_129 },
  );
  expect(patterns).toBeGreaterThan(1);
}, 240_000);

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
  expect(text).toMatch(/# critical: can [^:]*; is that so\?\n {2}- match: user\/admin/);
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

test('says that who may assume a role is not known where its trust policy cannot be read', async () => {
  const anyone = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  const may = { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' };
  const account = accountOf(role('faces', { ...anyone, Condition: { Foo: { 'aws:username': 'x' } } }, may));
  const { text, notJudged } = await firstExpectations(account, {});
  expect(notJudged).toEqual([expect.stringContaining('Who can assume role/faces cannot be told')]);
  const { expectations } = parseExpectations(text, 'e.yaml');
  expect(exitCode(await checkAccount(account, { expectations }))).toBe(0);
  const opened = accountOf(role('faces', anyone, may));
  const { findings } = await checkAccount(opened, { expectations });
  expect(openFindings(findings).map(({ kind }) => kind)).toEqual(['exposed']);
});

test('what no rule says is suppressed by its id: projects, and services that act for anybody', async () => {
  const deputy = {
    Effect: 'Allow',
    Principal: { Service: 'rekognition.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const projectArn = `arn:aws:rekognition:eu-west-1:${accountId}:project/shop/1`;
  const copies = { Effect: 'Allow', Principal: '*', Action: 'rekognition:CopyProjectVersion', Resource: '*' };
  const account = {
    ...accountOf(role('faces', deputy, detect)),
    projectPolicies: [{ projectArn, policy: { ...policyOf('p', copies), type: 'resource' as const } }],
  };
  const { text, suppressed } = await firstExpectations(account, {});
  expect(suppressed.map((line) => line.split(':', 1)[0])).toEqual([
    'project/shop',
    'project/shop',
    'role/faces',
  ]);
  expect(text).not.toMatch(/(: |- )any\b/);
  const { expectations } = parseExpectations(text, 'e.yaml');
  expect(exitCode(await checkAccount(account, { expectations }))).toBe(0);
});
