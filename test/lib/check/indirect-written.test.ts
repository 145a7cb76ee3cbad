import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { accountOf, role, user } from '../reach/account.ts';
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
});
