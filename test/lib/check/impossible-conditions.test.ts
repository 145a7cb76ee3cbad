/** Grants under conditions that no request can meet are no findings; their twins, which one can, are. */
import { describe, expect, it } from 'vitest';
import type { Account, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { principal } from '../expectation/fixtures.ts';

const saml = 'arn:aws:iam::123456789012:saml-provider/company';
const oidc = 'arn:aws:iam::123456789012:oidc-provider/id.example.com/team';
const nothing = { default: [] };
const deletes = {
  sets: { deletes: [{ Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' }] },
  default: ['deletes'],
};

const text = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const enter = (Action: string | readonly string[], Principal: object) => ({
  Effect: 'Allow',
  Action,
  Principal,
});
const trusts = {
  saml: enter('sts:AssumeRoleWithSAML', { Federated: saml }),
  oidc: enter('sts:AssumeRoleWithWebIdentity', { Federated: oidc }),
  anyone: enter(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], { AWS: '*' }),
};

type Who = keyof typeof trusts | 'user';

/** The kinds of findings about a grant under a condition, where it is expected or nothing is. */
async function found(who: Who, Condition: object, expected: object = nothing): Promise<string[]> {
  const grant = text({ Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*', Condition });
  const one: Principal = principal({
    kind: who === 'user' ? 'user' : 'role',
    policies: [{ name: 'own', type: 'inline', text: grant }],
    ...(who !== 'user' && {
      trust: { name: 'trust policy', type: 'resource', text: text(trusts[who]) },
    }),
  });
  const account: Account = {
    accountId: '123456789012',
    partition: 'aws',
    async *principals() {
      yield one;
    },
  };
  const { expectations } = parseExpectations(JSON.stringify(expected), 'e.yaml');
  const { findings } = await checkAccount(account, { expectations });
  return (
    findings
      .filter(({ actions }) => actions.some(({ action }) => action === 'rekognition:DeleteFaces'))
      .map(({ kind }) => kind)
      // That anyone can enter such a role is another matter.
      .filter((kind) => kind !== 'exposed')
  );
}

const like = (key: string, value: string) => ({ StringLike: { [key]: value } });

type Row = readonly [name: string, who: Who, never: object, twin: object, twinOf?: Who];

const rows: readonly Row[] = [
  [
    'credentials without a time of issue',
    'anyone',
    { Null: { 'aws:TokenIssueTime': 'true' } },
    { Null: { 'aws:TokenIssueTime': 'true' } },
    'user',
  ],
  [
    'MFA without a time of issue',
    'user',
    { Null: { 'aws:TokenIssueTime': 'true' }, Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    { Null: { 'aws:TokenIssueTime': 'false' }, Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  ],
  [
    'an age of MFA without a time of issue',
    'user',
    { Null: { 'aws:TokenIssueTime': 'true', 'aws:MultiFactorAuthAge': 'false' } },
    { Null: { 'aws:TokenIssueTime': 'true', 'aws:MultiFactorAuthAge': 'true' } },
  ],
  [
    'a provider of OIDC for a role of SAML',
    'saml',
    { StringEquals: { 'aws:FederatedProvider': 'accounts.google.com' } },
    { StringEquals: { 'aws:FederatedProvider': saml } },
  ],
  [
    'a provider of SAML for a role of OIDC',
    'oidc',
    { StringEquals: { 'aws:FederatedProvider': saml } },
    { StringEquals: { 'aws:FederatedProvider': oidc } },
  ],
  [
    'another issuer for a role of OIDC',
    'oidc',
    like('aws:FederatedProvider', '*id.example.com/other'),
    like('aws:FederatedProvider', 'https://id.example.com/team'),
  ],
  [
    'no provider for a role of OIDC',
    'oidc',
    { Null: { 'aws:FederatedProvider': 'true' } },
    { Null: { 'aws:FederatedProvider': 'false' } },
  ],
  [
    'no other provider than its own for a role of OIDC',
    'oidc',
    {
      StringNotEquals: {
        'aws:FederatedProvider': [oidc, 'id.example.com/team', 'https://id.example.com/team'],
      },
    },
    { StringNotEquals: { 'aws:FederatedProvider': saml } },
  ],
  [
    'a session name of more than 64 characters',
    'anyone',
    like('aws:userid', `*:${'?'.repeat(65)}`),
    like('aws:userid', `*:${'?'.repeat(64)}`),
  ],
  [
    'a source identity of more than 64 characters',
    'anyone',
    like('aws:SourceIdentity', '?'.repeat(65)),
    like('aws:SourceIdentity', '?'.repeat(64)),
  ],
  [
    'a session tag of more than 256 characters',
    'anyone',
    like('aws:PrincipalTag/team', `${'?'.repeat(256)}x`),
    like('aws:PrincipalTag/team', `${'?'.repeat(255)}x`),
  ],
  [
    'a session tag with a key of more than 128 characters',
    'anyone',
    like(`aws:PrincipalTag/${'k'.repeat(129)}`, 'x'),
    like(`aws:PrincipalTag/${'k'.repeat(128)}`, 'x'),
  ],
  [
    'an age of MFA below zero',
    'user',
    { NumericLessThan: { 'aws:MultiFactorAuthAge': '0' } },
    { NumericLessThan: { 'aws:MultiFactorAuthAge': '1' } },
  ],
  [
    'a service’s name',
    'user',
    like('aws:PrincipalServiceName', '*'),
    { StringNotLike: { 'aws:PrincipalServiceName': '*' } },
  ],
  [
    'a resource of another account',
    'user',
    { StringEquals: { 'aws:ResourceAccount': '999999999999' } },
    { StringEquals: { 'aws:ResourceAccount': '123456789012' } },
  ],
  [
    'two times at once',
    'user',
    {
      DateGreaterThan: { 'aws:CurrentTime': '2036-01-01T00:00:00Z' },
      NumericLessThan: { 'aws:EpochTime': '2082758400' },
    },
    {
      DateGreaterThan: { 'aws:CurrentTime': '2036-01-01T00:00:00Z' },
      NumericLessThan: { 'aws:EpochTime': '2082758402' },
    },
  ],
];

describe.each(rows.map(([name, ...row]) => [name, row] as const))(
  '%s',
  (_, [who, never, twin, twinOf = who]) => {
    it('is nothing', async () => expect(await found(who, never)).toEqual([]));
    it('has a twin that is', async () => expect(await found(twinOf, twin)).toEqual(['excess']));
  },
);

describe('a normal session of a provider', () => {
  it.each([
    ['saml', saml, oidc],
    ['oidc', oidc, saml],
  ] as const)('of %s has its own, and no other', async (who, own, other) => {
    const from = (provider: string) => ({ StringEquals: { 'aws:FederatedProvider': provider } });
    expect(await found(who, from(own), deletes)).toEqual([]);
    expect(await found(who, from(other), deletes)).toEqual(['missing']);
  });
});
