import type { PolicySource } from '@permission-check/iam-policy';
import { decide, PolicyCompiler } from '@permission-check/iam-policy';
import { expect, test } from 'vitest';
import { actionTable } from '#lib/catalog/actions.ts';
import { builtInExpectations } from '#lib/expectation/read.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import { differencesExit, renderDifferences } from '#lib/report/differences.ts';
import { diffAccounts, diffPrincipals, diffSets } from '#lib/workbench/diff.ts';
import { accountId, accountOf, policyOf, role, user } from '#test/lib/reach/account.ts';
import { lets, service } from '#test/lib/reach/session-accounts.ts';

const { baseline } = builtInExpectations();
const options = { baseline, names: ['before', 'after'] as const };
const allow = (resource: string, Condition?: object) => ({
  Effect: 'Allow',
  Action: 'rekognition:DeleteFaces',
  Resource: resource,
  ...(Condition && { Condition }),
});
const collection = (name: string) => `arn:aws:rekognition:*:${accountId}:collection/${name}`;
const set = (...statements: object[]): PolicySource[] => [policyOf('set', statements)];

test('shows what one version of a set has beyond another, with a request that tells them apart', () => {
  const [v4, v10] = ['v4', 'v10'].map((version) =>
    catalogPolicies(`AmazonRekognitionReadOnlyAccess@${version}`),
  );
  const { differing } = diffSets(v4 ?? [], v10 ?? [], options);
  expect(differing).toHaveLength(1);
  expect(differing[0]?.lost).toEqual([]);
  const compiler = new PolicyCompiler(actionTable);
  const [before, after] = [v4, v10].map((identity) => compiler.compileSet({ identity: identity ?? [] }));
  if (before === undefined || after === undefined) throw new Error('no sets');
  expect(differing[0]?.gained.map(({ action }) => action)).toContain('rekognition:SearchUsersByImage');
  for (const request of differing[0]?.gained ?? []) {
    expect([decide(before, request).decision, decide(after, request).decision]).toEqual([
      'implicitDeny',
      'allowed',
    ]);
  }
});

test('proves sets equal that are written otherwise, and tells apart what differs for somebody only', () => {
  const parts = set(allow(collection('a*')), {
    ...allow('*'),
    Resource: undefined,
    NotResource: collection('a*'),
  });
  expect(diffSets(set(allow('*')), parts, options)).toMatchObject({ differing: [], equal: 1 });
  const own = set(allow(collection(`$\{aws:username}`)));
  expect(diffSets([], own, options).differing[0]?.gained).toHaveLength(1);
  const tagged = set(allow('*', { StringEquals: { 'aws:PrincipalTag/team': 'a' } }));
  expect(diffSets([], tagged, options).differing[0]?.gained).toHaveLength(1);
});

test('compares principals by ARN, new and vanished ones too, and leaves equals out', () => {
  const before = [user('same', allow('*')), user('gone', allow('*')), user('grows', allow(collection('a')))];
  const after = [
    user('same', [allow('*'), allow(collection('x'))]),
    user('new', allow('*')),
    user('grows', allow('*')),
  ];
  const { differing, equal } = diffPrincipals(before, after, options);
  expect(differing.map(({ subject, gained, lost }) => [subject, gained.length, lost.length])).toEqual([
    ['user/gone', 0, 1],
    ['user/grows', 1, 0],
    ['user/new', 1, 0],
  ]);
  expect(equal).toBe(1);
});

test('sees a tag that changes what a policy grants', () => {
  const byTag = allow('*', { StringEquals: { 'aws:PrincipalTag/team': 'a' } });
  const [before, after] = ['b', 'a'].map((team) => user('t', byTag, { tags: { team } }));
  if (before === undefined || after === undefined) throw new Error('no users');
  expect(diffPrincipals([before], [after], options).differing[0]?.gained).toHaveLength(1);
});

test('does not call equal what cannot be read', () => {
  const malformed = user('m', [], { policies: [{ name: 'm', type: 'inline', text: '{' }] });
  expect(diffPrincipals([user('m')], [malformed], options).differing[0]?.unsettled[0]).toHaveProperty(
    'reason',
  );
});

test('tells of two accounts who can be become by others than before, if he can do something', async () => {
  const lambda = service('lambda.amazonaws.com');
  const before = accountOf(role('faces', lambda, allow('*')), role('idle', lambda));
  const after = accountOf(role('faces', lets('*'), allow('*')), role('idle', lets('*')));
  const opened = await diffAccounts(before, after, options);
  expect(opened).toMatchObject({
    differing: [],
    reach: [
      { subject: 'role/faces', before: 'lambda.amazonaws.com', after: expect.stringContaining('anyone') },
    ],
  });
  expect(differencesExit(opened)).toBe(1);
  expect(renderDifferences(opened)).toMatch(
    /role\/faces can be reached by\n {2}before {2}lambda.*\n {2}after {3}anyone/,
  );
  const same = await diffAccounts(before, before, options);
  expect([same.reach, differencesExit(same)]).toEqual([[], 0]);
});

test('tells of two accounts that the same come under other conditions, and not of another layout', async () => {
  const account = `arn:aws:iam::${accountId}:root`;
  const mfa = { ...lets(account), Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } };
  const [with2, without] = [mfa, lets(account)].map((trust) => accountOf(role('faces', trust, allow('*'))));
  const opened = await diffAccounts(with2 ?? accountOf(), without ?? accountOf(), options);
  expect(opened.reach).toMatchObject([{ after: expect.stringContaining('under other conditions') }]);
  const named = accountOf(role('faces', [{ Sid: 'x', ...lets(account) }], allow('*')));
  expect((await diffAccounts(without ?? named, named, options)).reach).toEqual([]);
});

test('tells of two accounts who can be become through a role that may assume more', async () => {
  const back = role('back', lets(`arn:aws:iam::${accountId}:root`), allow('*'));
  const front = (may: object[]) => role('front', lets('*'), may);
  const assumes = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
  const [before, after] = [accountOf(front([]), back), accountOf(front([assumes]), back)];
  expect((await diffAccounts(before, after, options)).reach).toMatchObject([
    { subject: 'role/back', after: expect.stringContaining('through role/front') },
  ]);
  expect((await diffAccounts(after, accountOf(back), options)).reach).toMatchObject([
    { subject: 'role/back', before: expect.stringContaining('through role/front') },
  ]);
  expect((await diffAccounts(after, after, options)).reach).toEqual([]);
});

test('tells of principals for whom the same changes once', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const before = accountOf(...names.map((name) => role(name)), user('u'));
  const after = accountOf(...names.map((name) => role(name, [], allow('*'))), user('u', allow('*')));
  const shown = renderDifferences(await diffAccounts(before, after, options));
  expect(shown.match(/gained {2}/g)).toHaveLength(2);
  expect(shown).toContain(
    '8 roles: role/a, role/b, role/c, role/d, role/e, role/f and 2 more\n  gained  critical',
  );
  expect(shown).toContain('\nuser/u\n  gained  critical');
});
