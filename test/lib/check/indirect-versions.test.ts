import type { PolicySource } from '@permission-check/iam-policy';
import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';
import { boundary, expectations, faces, lets, may } from './escalating.ts';

describe('who may make another version of a policy the default', () => {
  const arn = `arn:aws:iam::${accountId}:policy/p`;
  const version = (versionId: string, statement: object | object[], name = 'p') =>
    ({
      ...policyOf(name, statement),
      type: 'customer-managed',
      arn: arn.replace(/p$/, name),
      versionId,
    }) as const;
  const set = may('iam:SetDefaultPolicyVersion', arn);
  const now = version('v2', [set, may('s3:*')]);
  const wide = version('v1', may('rekognition:*'));
  const words = 'it may make version v1 of policy/p the default (iam:SetDefaultPolicyVersion)';

  async function found(others: PolicySource[], ...all: Principal[]) {
    const account = { ...accountOf(faces, ...all), otherVersions: () => others };
    const { findings } = await checkAccount(account, { expectations });
    return findings.map(
      ({ kind, severity, summary }) =>
        `${kind === 'inconclusive' ? `${severity} ` : ''}${kind} ${summary.replace(/ can come to [^:]*\(.*?:|, and in \d+ other ways/g, (cut) => (cut.endsWith(':') ? ':' : ''))}`,
    );
  }
  const told = (subject: string, steps: string) => [`indirect ${subject}: ${steps}.`];
  const has = (...policies: PolicySource[]) => user('u', [], { policies });

  test.each<[string, PolicySource[], Principal, string | undefined]>([
    ['that it has', [wide], has(now), words],
    ['that its group has', [wide], has({ ...now, group: 'g' }), words],
    [
      'that is its boundary',
      [version('v1', may('*'))],
      user('u', [may('rekognition:*'), set], { boundary: version('v2', may('iam:*')) }),
      words,
    ],
    ['that it has not', [wide], user('u', set), undefined],
    ['that has one version only', [], has(now), undefined],
    ['whose others give no more', [version('v1', may('s3:*'))], has(now), undefined],
    [
      'whose others its boundary holds',
      [wide],
      user('u', [], { policies: [now], boundary: boundary(may(['iam:*', 's3:*'])) }),
      undefined,
    ],
    ['where a Deny says no', [wide], has(now, policyOf('no', { ...set, Effect: 'Deny' })), undefined],
    [
      'only another one than it has',
      [wide],
      has(version('v2', may('iam:SetDefaultPolicyVersion', `${arn}2`))),
      undefined,
    ],
    [
      'and then more by that',
      [version('v1', may('iam:PutUserPolicy'))],
      has(now),
      `${words}, then it may call iam:PutUserPolicy for itself`,
    ],
  ])('%s', async (_, others, principal, expected) => {
    expect(await found(others, principal)).toEqual(expected === undefined ? [] : told('user/u', expected));
  });

  const lab = (trust: object, ...policies: PolicySource[]) => role('lab', trust, [], { policies });
  const trusting = lets({ AWS: accountId });
  const assume = may('sts:AssumeRole', `arn:aws:iam::${accountId}:role/lab`);
  const rewrite = may('iam:UpdateAssumeRolePolicy', `arn:aws:iam::${accountId}:role/lab`);
  const policy = version('v2', may('s3:*'));

  test('of a role that it can assume, or let itself assume', async () => {
    const all = [lab(trusting, policy), user('a', [set, assume]), user('b', set), user('c', [set, rewrite])];
    const and = 'it may make version v1 of policy/p the default and assume role/lab';
    expect(await found([wide], ...all)).toEqual([
      ...told('user/a', `${and} (iam:SetDefaultPolicyVersion)`),
      ...told('user/c', `${and} (iam:UpdateAssumeRolePolicy and iam:SetDefaultPolicyVersion)`),
    ]);
  });

  test('of a user whom it can sign in as', async () => {
    const keys = may('iam:CreateAccessKey', `arn:aws:iam::${accountId}:user/u`);
    expect(await found([wide], has(policy), user('a', [set, keys]), user('b', keys))).toEqual(
      told(
        'user/a',
        'it may make version v1 of policy/p the default and sign in as user/u (iam:SetDefaultPolicyVersion and iam:CreateAccessKey)',
      ),
    );
  });

  test('is told nothing where a role can do the same as it is', async () => {
    const full = version('v2', [may('s3:*'), may('rekognition:*')]);
    const any = expectationsOf(
      'principals:\n  - { match: role/*, expect: any }\n  - { match: "*", expect: [] }\n',
    );
    const account = {
      ...accountOf(lab(trusting, full), user('a', [set, assume])),
      otherVersions: () => [wide],
    };
    expect((await checkAccount(account, { expectations: any })).findings).toEqual([]);
  });

  test('is not known to come to nothing where a version cannot be read', async () => {
    expect(await found([{ ...wide, text: '' }], has(now), user('b', may('s3:*')))).toEqual([
      'critical inconclusive What user/u can come to is not known: it may make version v1 of policy/p the default (iam:SetDefaultPolicyVersion), and what that version says cannot be read.',
    ]);
  });

  test('or write one for the policy that is its boundary', async () => {
    const held = user('u', [may('rekognition:*'), may('iam:CreatePolicyVersion', arn)], {
      boundary: version('v1', may('iam:*')),
    });
    expect(await found([], held)).toEqual(
      told('user/u', 'it may lift its own boundary (iam:CreatePolicyVersion)'),
    );
  });
});
