import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountOf, policyOf, role, user } from '../reach/account.ts';
import { expectations, lets, may } from './escalating.ts';

const onCollections = (Effect: 'Allow' | 'Deny', name: string) => ({
  Effect,
  Action: 'rekognition:*',
  Resource: `arn:aws:rekognition:*:*:collection/${name}`,
});
const patterns = (count: number) => [
  ...Array.from({ length: count * 2 }, (_, n) => onCollections('Allow', `*q???*${n}*`)),
  ...Array.from({ length: count }, (_, n) => onCollections('Deny', `*${n}???q*`)),
];
/** No search tells in time what these allow. */
const hard = patterns(30);
const lambda = lets({ Service: 'lambda.amazonaws.com' });
const passes = may(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction']);

/** What is told of user/dev. */
const told = async (all: readonly Principal[], expected = expectations) => {
  const { findings } = await checkAccount(accountOf(...all), { expectations: expected });
  return findings.flatMap(({ kind, severity, subject, summary }) =>
    subject === 'user/dev' ? [`${severity} ${kind} ${summary}`] : [],
  );
};

describe('who can come to somebody of whom nobody can tell what he can do', () => {
  test.each<[string, Principal, string]>([
    [
      'because no search ends',
      role('faces', lambda, hard),
      'critical inconclusive What user/dev can come to is not known: it may hand role/faces to lambda.amazonaws.com (iam:PassRole, lambda:CreateFunction and lambda:InvokeFunction), and of 46 actions nobody can tell: whether a policy allows what is not expected: the search for such a request was cut off.',
    ],
    [
      'because a statement cannot be read',
      role('faces', lambda, { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: 7 }),
      'nobody can tell: statement 1 of policy of faces (line 1) cannot be read: Resource must be a string',
    ],
  ])('is told %s', async (_, faces, words) => {
    expect(await told([faces, user('dev', passes)])).toEqual([expect.stringContaining(words)]);
  });

  test('is told where he may lift what denies him, by a search that does not end', async () => {
    const dev = user('dev', may('iam:PutUserPolicy'), {
      boundary: { ...policyOf('boundary', [...hard, may('iam:*')]), type: 'customer-managed' },
    });
    const findings = await told([dev]);
    expect(findings).toEqual(findings.filter((one) => /^critical (inconclusive|indirect) /.test(one)));
    expect(findings).not.toEqual([]);
  });

  test.each<[string, readonly Principal[]]>([
    ['who may do nothing in Rekognition', [role('faces', lambda, may('s3:*')), user('dev', passes)]],
    ['whose service he cannot use', [role('faces', lambda, hard), user('dev', may('iam:PassRole'))]],
    [
      'of whom a search that ends says that it is nothing',
      [role('faces', lambda, [...patterns(1), onCollections('Deny', '*')]), user('dev', passes)],
    ],
  ])('and nobody who can come to one %s', async (_, all) => {
    expect(await told(all)).toEqual([]);
  });

  test('beside another who is worse known, the known is told', async () => {
    const known = role('known', lambda, may('rekognition:DeleteFaces'));
    const findings = await told([role('faces', lambda, hard), known, user('dev', passes)]);
    expect(findings).toEqual([expect.stringMatching(/^critical indirect .*role\/known/)]);
  });

  test('and nobody of whom all is expected', async () => {
    const all = expectationsOf(
      'principals:\n  - { match: role/faces, expect: any }\n  - { match: "*", expect: [AmazonRekognitionFullAccess] }\n',
    );
    const dev = user('dev', [passes, may('rekognition:*')]);
    expect(await told([role('faces', lambda, hard), dev], all)).toEqual([]);
  });
});
