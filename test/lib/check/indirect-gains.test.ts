import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';
import { boundary, lets, may } from './escalating.ts';

const deletes = (resource?: string) => may('rekognition:DeleteFaces', resource);
const searches = (resource?: string) => may('rekognition:SearchFaces', resource);
const mine = 'arn:aws:rekognition:*:*:collection/mine';
const passing = may(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction']);
const lambda = lets({ Service: 'lambda.amazonaws.com' });
const hand = 'hand %s to lambda.amazonaws.com';

/** What users are told to come to, where their rule lets them do these statements. */
async function found(
  expected: object[],
  all: readonly Principal[],
  more: Partial<Account> = {},
  guardrails: Guardrails = {},
) {
  const expectations = expectationsOf(
    `sets: { own: ${JSON.stringify(expected)} }\nprincipals:\n  - { match: role/*, expect: any }\n  - { match: "*", expect: [own] }\n`,
  );
  const { findings } = await checkAccount({ ...accountOf(...all), ...more }, { expectations, guardrails });
  return findings
    .filter(({ kind }) => kind === 'indirect')
    .map(({ actions, summary }) => {
      const names = actions.map(({ action }) => action.replace('rekognition:', '')).join();
      return `${names}: ${/: it may (.*?)(?: \(|, and in)/.exec(summary)?.[1]}`;
    });
}

describe('what somebody comes to is told', () => {
  test('where it is the same action on more resources', async () => {
    const wide = role('wide', lambda, deletes());
    const same = role('same', lambda, deletes(mine));
    const own = user('u', [deletes(mine), passing]);
    expect(await found([deletes(mine)], [wide, own])).toEqual([
      `DeleteFaces: ${hand.replace('%s', 'role/wide')}`,
    ]);
    expect(await found([deletes(mine)], [same, own])).toEqual([]);
    expect(await found([deletes()], [wide, own])).toEqual([]);
  });

  test('where it is the same action under fewer conditions', async () => {
    const mfa = may('rekognition:DeleteFaces', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } });
    const own = user('u', [mfa, passing]);
    expect(await found([mfa], [role('wide', lambda, deletes()), own])).toEqual([
      `DeleteFaces: ${hand.replace('%s', 'role/wide')}`,
    ]);
  });

  test('not where it can be done already, which is told as such', async () => {
    const own = user('u', [deletes(), passing]);
    expect(await found([], [role('wide', lambda, deletes()), own])).toEqual([]);
  });

  test('of another role, where the first gives nothing that is not there', async () => {
    const roles = [role('a', lambda, deletes()), role('b', lambda, searches())];
    const own = user('u', [deletes(), passing]);
    expect(await found([deletes()], [...roles, own])).toEqual([
      `SearchFaces: ${hand.replace('%s', 'role/b')}`,
    ]);
  });

  test('of the role that gives the worst of what is not there', async () => {
    const roles = [
      role('a', lambda, [deletes(), may('rekognition:ListFaces')]),
      role('b', lambda, searches()),
    ];
    const own = user('u', [deletes(), passing]);
    expect(await found([deletes()], [...roles, own])).toEqual([
      `SearchFaces: ${hand.replace('%s', 'role/b')}`,
    ]);
  });

  test('of roles that it must be able to assume, too', async () => {
    const trust = lets({ AWS: accountId });
    const roles = [
      role('a', trust, [], { boundary: boundary(deletes()) }),
      role('b', trust, [], { boundary: boundary(searches()) }),
    ];
    const own = user('u', [deletes(), may(['iam:PutRolePolicy', 'sts:AssumeRole'])]);
    expect(await found([deletes()], [...roles, own])).toEqual([
      'SearchFaces: write the policies of role/b and assume it',
    ]);
  });

  test('of a role that the organization leaves alone, where it denies the same to all others', async () => {
    const exempt = role('exempt', lambda, deletes());
    const scp = (text: object) => ({
      scps: [[{ name: 'deny', type: 'scp' as const, text: JSON.stringify({ Statement: [may('*'), text] }) }]],
    });
    const deny = (Condition: object) =>
      scp({ Effect: 'Deny', Action: 'rekognition:DeleteFaces', Resource: '*', Condition });
    const own = user('u', [may('rekognition:*'), passing]);
    const everything = [may('rekognition:*')];
    const all = [role('other', lambda, deletes()), exempt, own];
    // What is expected is what it may do: but for the organization, nothing would be left to come to.
    expect(
      await found(everything, all, {}, deny({ ArnNotLike: { 'aws:PrincipalArn': exempt.arn } })),
    ).toEqual([]);
    expect(
      await found([searches()], all, {}, deny({ ArnNotLike: { 'aws:PrincipalArn': exempt.arn } })),
    ).toEqual([`DeleteFaces: ${hand.replace('%s', 'role/exempt')}`]);
    expect(await found([searches()], all, {}, deny({ Bool: { 'aws:SecureTransport': 'true' } }))).toEqual([]);
  });

  test('to each who asks with the others that there are beside himself', async () => {
    const signs = may('iam:CreateAccessKey', `arn:aws:iam::${accountId}:user/*`);
    const policies = [policyOf('own', [deletes(mine), signs])];
    const users = ['a', 'b', 'c', 'd'].map((name) => user(name, [], { policies }));
    const worst = user('worst', [deletes(), searches()]);
    const { findings } = await checkAccount(accountOf(...users, worst), {
      expectations: expectationsOf(
        `sets: { own: ${JSON.stringify([deletes(mine), signs])} }\nprincipals:\n  - { match: user/worst, expect: any }\n  - { match: "*", expect: [own] }\n`,
      ),
    });
    const told = findings.map(({ summary }) => /sign in as (.*?) \(iam:/.exec(summary)?.[1]);
    expect(told).toEqual([
      'user/worst (or user/b, user/c and 1 more)',
      'user/worst (or user/a, user/c and 1 more)',
      'user/worst (or user/a, user/b and 1 more)',
      'user/worst (or user/a, user/b and 1 more)',
    ]);
  });

  const arn = `arn:aws:iam::${accountId}:policy/p`;
  const version = (versionId: string, statements: object[]) =>
    ({ ...policyOf('p', statements), type: 'customer-managed', arn, versionId }) as const;
  const set = may('iam:SetDefaultPolicyVersion', arn);

  test('of another version of a policy that widens the resources only', async () => {
    const own = user('u', [], { policies: [version('v2', [set, deletes(mine)])] });
    const with1 = (...statements: object[]) => ({
      otherVersions: () => [version('v1', [set, ...statements])],
    });
    expect(await found([deletes(mine)], [own], with1(deletes()))).toEqual([
      'DeleteFaces: make version v1 of policy/p the default',
    ]);
    expect(await found([deletes(mine)], [own], with1(deletes(`${mine}/x`)))).toEqual([]);
    expect(await found([deletes(mine)], [own], with1(deletes(mine)))).toEqual([]);
  });

  test('of another version of a policy of a role, that widens the resources only', async () => {
    const trust = lets({ AWS: accountId });
    const lab = role('lab', trust, [], { policies: [version('v2', [deletes(mine)])] });
    const own = user('u', [deletes(mine), set, may('sts:AssumeRole', lab.arn)]);
    expect(
      await found([deletes(mine)], [lab, own], { otherVersions: () => [version('v1', [deletes()])] }),
    ).toEqual(['DeleteFaces: make version v1 of policy/p the default and assume role/lab']);
  });

  test('of a group that widens the resources only', async () => {
    const own = user('u', [deletes(mine), may('iam:AddUserToGroup')]);
    const groups = () => [{ name: 'g', policies: [policyOf('g', deletes())] }];
    expect(await found([deletes(mine)], [own], { groups })).toEqual(['DeleteFaces: join group/g']);
  });
});

test('agrees with looking at every role in turn', async () => {
  const actions = ['rekognition:DeleteFaces', 'rekognition:SearchFaces', 'rekognition:ListFaces'];
  const resources = ['*', mine, mine.replace('mine', 'other')];
  const grants = fc.uniqueArray(fc.tuple(fc.constantFrom(...actions), fc.constantFrom(...resources)), {
    maxLength: 3,
  });
  type Grants = readonly (readonly [string, string])[];
  const statements = (all: Grants) => all.map(([action, resource]) => may(action, resource));
  const allows = (all: Grants, action: string, resource: string) =>
    all.some((one) => one[0] === action && (one[1] === '*' || one[1] === resource));
  const third = mine.replace('mine', 'third');
  await fc.assert(
    fc.asyncProperty(grants, grants, fc.array(grants, { maxLength: 4 }), async (expected, own, roles) => {
      const all = roles.map((one, index) => role(`r${index}`, lambda, statements(one)));
      const told = await found(statements(expected), [...all, user('u', [...statements(own), passing])]);
      const gains = roles.some((one) =>
        actions.some((action) =>
          [mine, mine.replace('mine', 'other'), third].some(
            (resource) =>
              allows(one, action, resource) &&
              !allows(own, action, resource) &&
              !allows(expected, action, resource),
          ),
        ),
      );
      expect(told.length > 0).toBe(gains);
    }),
    { numRuns: 150 },
  );
});
