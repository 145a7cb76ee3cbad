import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';
import { boundary, expectations, indirect, lets, may } from './escalating.ts';

describe('who may write policies', () => {
  const attach = (name: string) =>
    may('iam:AttachUserPolicy', '*', { ArnEquals: { 'iam:PolicyARN': `arn:aws:iam::aws:policy/${name}` } });

  test('by attaching one of AWS’s gains what that says, and no more', async () => {
    const reads = 'AmazonRekognitionReadOnlyAccess';
    const { findings } = await checkAccount(accountOf(user('u', attach(reads))), { expectations });
    expect(findings.map(({ kind, severity, summary }) => [kind, severity, summary])).toEqual([
      [
        'indirect',
        'high',
        `user/u can come to search faces and faces by image (+33): it may attach ${reads} to itself (iam:AttachUserPolicy).`,
      ],
    ]);
  });

  test('of a role that it may hand to a service, too, needs no trust of his own', async () => {
    const empty = role('empty', lets({ Service: 'lambda.amazonaws.com' }));
    const writes = may('iam:PutRolePolicy', empty.arn);
    const hands = [may('iam:PassRole', empty.arn), may(['lambda:CreateFunction', 'lambda:InvokeFunction'])];
    expect(
      await indirect(empty, user('both', [writes, ...hands]), user('writes', writes), user('hands', hands)),
    ).toEqual({
      'user/both':
        'it may write the policies of role/empty and hand it to lambda.amazonaws.com (iam:PutRolePolicy, iam:PassRole, lambda:CreateFunction and lambda:InvokeFunction)',
    });
  });

  test.each<[string, Principal, boolean]>([
    [
      'any policy but the two widest',
      user(
        'u',
        may('iam:AttachUserPolicy', '*', {
          ArnNotLike: {
            'iam:PolicyARN': [
              'arn:aws:iam::aws:policy/AdministratorAccess',
              'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
            ],
          },
        }),
      ),
      true,
    ],
    [
      'a policy that it cannot attach within its boundary',
      user('u', may('iam:AttachUserPolicy'), { boundary: boundary(may('iam:AttachUserPolicy')) }),
      false,
    ],
  ])('%s', async (_, principal, expected) => {
    expect(Object.keys(await indirect(principal)).length > 0).toBe(expected);
  });

  describe('by attaching one of the account’s', () => {
    const arnOf = (name: string) => `arn:aws:iam::${accountId}:policy/${name}`;
    const own = (name: string, statement: object) =>
      ({
        ...policyOf(name, statement),
        type: 'customer-managed',
        arn: arnOf(name),
        versionId: 'v1',
      }) as const;
    const attachOwn = (name: string) =>
      may('iam:AttachUserPolicy', '*', { ArnEquals: { 'iam:PolicyARN': arnOf(name) } });
    const policies = [
      own('faces', may('rekognition:DeleteFaces')),
      own('logs', may('logs:PutLogEvents')),
      own('more', may('iam:PutUserPolicy')),
    ];
    const summaries = async (...all: Principal[]) => {
      const account = { ...accountOf(...all), managedPolicies: () => policies };
      const { findings } = await checkAccount(account, { expectations });
      return findings.map(({ summary }) => summary);
    };

    test('gains what that says, and no more', async () => {
      expect(await summaries(user('u', attachOwn('faces')))).toEqual([
        'user/u can come to delete faces: it may attach faces to itself (iam:AttachUserPolicy).',
      ]);
    });

    test('gains nothing where that says nothing of Rekognition, and nothing that it has', async () => {
      const [faces] = policies;
      expect(await summaries(user('u', attachOwn('logs')))).toEqual([]);
      expect(await summaries(user('u', [attachOwn('other'), may('iam:DetachUserPolicy')]))).toEqual([]);
      const has = user('u', attachOwn('faces'), { policies: faces ? [faces] : [] });
      expect((await summaries(has)).filter((text) => text.includes('can come to'))).toEqual([]);
    });

    test('gains what that leads to', async () => {
      const [told, ...others] = await summaries(user('u', attachOwn('more')));
      expect(told).toMatch(/^user\/u can come to .*it may attach more to itself \(iam:AttachUserPolicy\)/);
      expect(others).toEqual([]);
    });
  });

  test('may be in any of many groups that he may join', async () => {
    const group = (name: string, statement: object) => ({
      name,
      arn: `arn:aws:iam::${accountId}:group/${name}`,
      policies: [{ ...policyOf('own', statement), group: name }],
    });
    const many = Array.from({ length: 30 }, (_, i) =>
      group(`g${i}`, may('sts:GetCallerIdentity', `arn:${i}*`)),
    );
    const last = group('zz', may('rekognition:DeleteFaces'));
    const account = { ...accountOf(user('u', may('iam:AddUserToGroup'))), groups: () => [...many, last] };
    const { findings } = await checkAccount(account, { expectations });
    expect(findings.map(({ kind, subject }) => [kind, subject])).toEqual([['indirect', 'user/u']]);
  });
});
