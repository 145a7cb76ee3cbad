import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { accountId, accountOf, policyOf, user } from '../reach/account.ts';
import { expectations, may } from './escalating.ts';

const arnOf = (name: string) => `arn:aws:iam::${accountId}:policy/${name}`;
const own = (name: string, statement: object) =>
  ({ ...policyOf(name, statement), type: 'customer-managed', arn: arnOf(name), versionId: 'v1' }) as const;
const wide = own('wide', may('rekognition:*'));
const reads = own('reads', may('rekognition:ListCollections'));
const narrow = own('narrow', may(['s3:*', 'iam:*', 'sts:*']));
const stores = own('stores', may(['s3:*', 'sts:*']));
const policies = [narrow, stores, reads, wide];
const within = (...names: string[]) => ({
  StringEquals: { 'iam:PermissionsBoundary': names.map((name) => (name.includes(':') ? name : arnOf(name))) },
});

const indirect = async (...all: Principal[]) => {
  const account = { ...accountOf(...all), managedPolicies: () => policies };
  const { findings } = await checkAccount(account, { expectations });
  return findings.flatMap(({ kind, summary }) => (kind === 'indirect' ? [summary] : []));
};

describe('who may make principals within a boundary only', () => {
  const makes = (...names: string[]) => may(['iam:CreateRole', 'iam:PutRolePolicy'], '*', within(...names));

  test.each([
    ['that leaves nothing of Rekognition, nor of IAM, comes to nothing', ['stores'], []],
    [
      'that leaves nothing of Rekognition, and can be lifted by whom it bounds, comes to anything',
      ['narrow'],
      ['delete collections', 'narrow', 'then as that principal it may lift its own boundary'],
    ],
    ['that leaves something, comes to that', ['reads'], ['list collections', 'reads']],
    [
      'of several, comes to what the widest leaves',
      ['narrow', 'reads', 'wide'],
      ['delete collections', 'wide'],
    ],
    [
      'of AWS’s, comes to what that leaves',
      ['arn:aws:iam::aws:policy/AdministratorAccess'],
      ['delete collections', 'AdministratorAccess'],
    ],
  ])('%s', async (_, names, words) => {
    const found = await indirect(user('u', makes(...names)));
    expect(found).toHaveLength(words.length > 0 ? 1 : 0);
    for (const word of words) expect(found[0]).toContain(word);
    if (words.length > 0)
      expect(found[0]).toContain('it may make a principal with any policy within boundary');
  });

  test('and not write their policies, come to nothing', async () => {
    expect(await indirect(user('u', may('iam:CreateRole', '*', within('wide'))))).toEqual([]);
  });
});

describe('who may take another boundary only', () => {
  const bounded = (...names: string[]) =>
    user('u', [may('rekognition:*'), may('iam:PutUserPermissionsBoundary', '*', within(...names))], {
      boundary: narrow,
    });

  test('that is wider, comes to what it leaves', async () => {
    expect(await indirect(bounded('wide'))).toEqual([
      expect.stringMatching(/: it may make wide its boundary \(iam:PutUserPermissionsBoundary\)\.$/),
    ]);
  });

  test('that is none the wider, comes to nothing', async () => {
    expect(await indirect(bounded('narrow'))).toEqual([]);
  });
});
