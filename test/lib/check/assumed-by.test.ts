import { describe, expect, test } from 'vitest';
import { deletedPool, type IdentityPool } from '#lib/account/identity-pools.ts';
import { checkAccount } from '#lib/check/account.ts';
import { acceptIn } from '#lib/expectation/accept-in-yaml.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountId, accountOf, role, user } from '../reach/account.ts';
import {
  anyone,
  byFacebook,
  check,
  fileWith,
  guests,
  lambda,
  lets,
  may,
  poolOf,
  signedIn,
  told,
  userOf,
} from './ways-in.ts';

describe('assumed-by', () => {
  const faces = (...trust: object[]) => role('faces', trust, may('rekognition:DeleteFaces'));
  const github = (sub: string, operator = 'StringLike') => ({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { [operator]: { 'token.actions.githubusercontent.com:sub': sub } },
  });
  const saml = (name: string) => ({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${accountId}:saml-provider/${name}` },
    Action: 'sts:AssumeRoleWithSAML',
    Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
  });
  const acme =
    ', assumed-by: [{ provider: token.actions.githubusercontent.com, claims: { sub: "repo:acme/*" } }]';

  test.each<[string, string, object[], string[]]>([
    ['a service', ', assumed-by: [lambda.amazonaws.com]', [lambda], []],
    [
      'another service',
      ', assumed-by: [ec2.amazonaws.com]',
      [lambda],
      ['exposed critical', 'unreachable medium'],
    ],
    ['any', ', assumed-by: [any]', [anyone], []],
    ['any, without a list', ', assumed-by: any', [anyone], []],
    [
      'a service, without a list',
      ', assumed-by: lambda.amazonaws.com',
      [anyone],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'an account by the ARN of its root',
      ', assumed-by: ["arn:aws:iam::444455556666:root"]',
      [lets({ AWS: '444455556666' })],
      [],
    ],
    ...(['{ provider: Okta }', '"arn:aws:iam::1:saml-provider/Okta"', 'saml-provider/Okta'] as const).map(
      (entry): [string, string, object[], string[]] => [
        `a SAML provider as ${entry}`,
        `, assumed-by: [${entry.replace('::1:', `::${accountId}:`)}]`,
        [saml('Okta')],
        [],
      ],
    ),
    [
      'another SAML provider',
      ', assumed-by: [{ provider: Other }]',
      [saml('Okta')],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'an OIDC provider by its ARN',
      `, assumed-by: ["arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com"]`,
      [github('repo:acme/*')],
      [],
    ],
    ['nobody', ', assumed-by: []', [lambda], ['exposed critical']],
    ['an account', ', assumed-by: ["444455556666"]', [lets({ AWS: '444455556666' })], []],
    [
      'an account in which one principal is named',
      ', assumed-by: ["444455556666"]',
      [lets({ AWS: 'arn:aws:iam::444455556666:role/ci' })],
      [],
    ],
    [
      'another account',
      ', assumed-by: ["444455556666"]',
      [lets({ AWS: ['444455556666', '777788889999'] })],
      ['exposed critical'],
    ],
    [
      'the organization',
      ', assumed-by: [organization]',
      [lets({ AWS: '*' }, { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-acme' } } })],
      [],
    ],
    ['the organization, with anyone else', ', assumed-by: [organization]', [anyone], ['exposed critical']],
    ['an account, with anyone else', ', assumed-by: ["444455556666"]', [anyone], ['exposed critical']],
    [
      'an account that is denied, with anyone else',
      ', assumed-by: ["444455556666"]',
      [anyone, { ...lets({ AWS: '444455556666' }), Effect: 'Deny' }],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'a principal, with all others of its account',
      ', assumed-by: ["arn:aws:iam::444455556666:role/ci"]',
      [lets({ AWS: '444455556666' })],
      ['exposed critical'],
    ],
    [
      'a principal, where another one of its account is let in',
      ', assumed-by: ["arn:aws:iam::444455556666:role/ci"]',
      [lets({ AWS: 'arn:aws:iam::444455556666:role/other' })],
      ['exposed critical', 'unreachable medium'],
    ],
    ['a provider with claims', acme, [github('repo:acme/shop:*')], []],
    ['a provider with wider claims', acme, [github('repo:*')], ['exposed critical']],
    [
      'a provider that another statement lets in with other claims',
      acme,
      [github('repo:acme/shop:*'), github('repo:evil/tools:*')],
      ['exposed critical'],
    ],
    [
      'a provider that another statement lets in with claims that are expected, too',
      acme,
      [github('repo:acme/shop:*'), github('repo:acme/tools:*')],
      [],
    ],
    [
      'a provider whose claim must be another',
      acme,
      [github('repo:acme/*', 'StringNotLike')],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'a provider whose claim must not be another, by a Deny',
      acme,
      [github('*'), { ...github('repo:acme/*', 'StringNotLike'), Effect: 'Deny' }],
      [],
    ],
    [
      'guests of two pools, of which one is expected',
      ', assumed-by: [{ provider: cognito-identity.amazonaws.com, claims: { amr: unauthenticated, aud: "eu-west-1:*" } }]',
      [poolOf('eu-west-1:ab', 'us-east-1:cd')],
      ['exposed critical'],
    ],
    ['those who sign in to a pool', userOf('eu-west-1:ab'), [signedIn('eu-west-1:ab')], []],
    [
      'those who sign in to another pool',
      userOf('eu-west-1:ab'),
      [signedIn('us-east-1:cd')],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'those who sign in to two pools, of which one is expected',
      userOf('eu-west-1:ab'),
      [signedIn('eu-west-1:ab', 'us-east-1:cd')],
      ['exposed critical'],
    ],
    ['those who sign in by a provider', userOf('eu-west-1:ab'), [byFacebook], []],
    [
      'guests where those who sign in are expected',
      userOf('eu-west-1:ab'),
      [guests],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'those who sign in where guests are expected',
      userOf('eu-west-1:ab').replace('authenticated', 'unauthenticated'),
      [signedIn('eu-west-1:ab')],
      ['exposed critical', 'unreachable medium'],
    ],
    [
      'guests of two pools, both expected',
      ', assumed-by: [{ provider: cognito-identity.amazonaws.com, claims: { aud: ["eu-west-1:ab", "us-east-1:cd"] } }]',
      [poolOf('eu-west-1:ab', 'us-east-1:cd')],
      [],
    ],
    [
      'a service that never meets the condition',
      ', assumed-by: [rekognition.amazonaws.com]',
      [
        lets(
          { Service: 'rekognition.amazonaws.com' },
          { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
        ),
      ],
      ['unreachable medium'],
    ],
  ])('%s', async (_, rule, trust, expected) => {
    expect(await told(rule, faces(...trust))).toEqual(expected.map((one) => `${one} role/faces`));
  });

  test.each<[string, Partial<IdentityPool>, RegExp]>([
    ['was deleted', deletedPool('eu-west-1:ab'), /cannot be: Cognito pool eu-west-1:ab was deleted\./],
    ['admits none', { allowsGuests: false }, /cannot be: Cognito pool eu-west-1:ab admits no guests\./],
    [
      'gives them another role',
      { guestRole: 'none' },
      /Cognito pool eu-west-1:ab gives its guests another role\./,
    ],
  ])('guests of a pool that %s are unreachable', async (_, rest, why) => {
    const rule =
      ', assumed-by: [{ provider: cognito-identity.amazonaws.com, claims: { amr: unauthenticated, aud: "eu-west-1:ab" } }]';
    const one = { id: 'eu-west-1:ab', allowsGuests: true, allowsClassicFlow: false, ...rest };
    const account = { ...accountOf(faces(guests)), identityPools: [one] };
    const { findings } = await checkAccount(account, { expectations: expectationsOf(fileWith(rule)) });
    expect(findings).toMatchObject([{ kind: 'unreachable', summary: expect.stringMatching(why) }]);
  });

  test('names principals of the account', async () => {
    const trust = lets({ AWS: accountId });
    const all = [faces(trust), user('ana', may('sts:AssumeRole')), user('bo', may('sts:AssumeRole'))];
    expect(await told(', assumed-by: [user/ana, user/bo]', ...all)).toEqual([]);
    expect(await told(', assumed-by: [user/ana]', ...all)).toEqual(['exposed critical role/faces']);
    expect(await told(', assumed-by: [user/ana, user/bo, role/ci]', ...all)).toEqual([
      'unreachable medium role/faces',
    ]);
  });

  test('advice that is followed leads to a clean check', async () => {
    const other = faces(lets({ AWS: '444455556666' }));
    const here = faces(lets({ AWS: `arn:aws:iam::${accountId}:root` }));
    const cases = [
      [', assumed-by: []', [other]],
      ['', [faces(anyone)]],
      ['', [faces(guests)]],
      [', assumed-by: [lambda.amazonaws.com]', [here, role('a', lambda), user('bob')]],
      [', assumed-by: [lambda.amazonaws.com, "444455556666"]', [faces(lambda)]],
      [', assumed-by: []', [faces(saml('Okta'))]],
    ] as const;
    for (const [rule, principals] of cases) {
      const { findings } = await check(rule, ...principals);
      const acceptances = findings.flatMap(({ acceptance }) => acceptance ?? []);
      expect(acceptances.length).toBeGreaterThan(0);
      expect(acceptances).toHaveLength(findings.length);
      const expectations = expectationsOf(acceptIn(fileWith(rule), acceptances));
      const after = await checkAccount(accountOf(...principals), { expectations });
      expect(after.findings.map(({ summary }) => summary)).toEqual([]);
    }
  });
});
