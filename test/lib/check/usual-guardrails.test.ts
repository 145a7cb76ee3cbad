import type { PolicySource } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import type { Account, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { principal } from '../expectation/fixtures.ts';

const now = new Date('2026-11-24T12:00:00Z');
const inline = (name: string, ...Statement: object[]): PolicySource => ({
  name,
  type: 'inline',
  text: JSON.stringify({ Version: '2012-10-17', Statement }),
});
const grant = inline('grant', {
  Effect: 'Allow',
  Action: ['rekognition:SearchFaces', 'rekognition:DetectFaces', 'rekognition:ListCollections'],
  Resource: '*',
});
const deny = (Condition: object, more: object = {}) =>
  inline('guardrail', { Effect: 'Deny', Action: '*', Resource: '*', Condition, ...more });

const accountOf = (...all: Principal[]): Account => ({
  accountId: '123456789012',
  partition: 'aws',
  async *principals() {
    yield* all;
  },
});

/** The actions that are missing of a principal with the grant and a guardrail, where the grant is expected. */
async function missing(
  policy: PolicySource,
  { context = '', kind = 'user' as Principal['kind'], more = {} as Partial<Principal>, condition = '' } = {},
): Promise<string[]> {
  const file = `
${context}
sets:
  s:
    - { Effect: Allow, Action: [rekognition:SearchFaces, rekognition:DetectFaces, rekognition:ListCollections], Resource: "*"${condition} }
principals:
  - { match: "*", expect: [s] }
`;
  const { expectations, diagnostics } = parseExpectations(file, 'e.yaml', { now });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const account = accountOf(principal({ kind, name: 'team', policies: [grant, policy], ...more }));
  const { findings } = await checkAccount(account, { expectations, now: () => now });
  return findings
    .filter((finding) => finding.kind === 'missing')
    .flatMap(({ actions }) => actions.map(({ action }) => action.replace('rekognition:', '')))
    .sort();
}

const all = ['DetectFaces', 'ListCollections', 'SearchFaces'];
const office = { 'aws:SourceIp': '198.51.100.0/24' };

describe('ordinary guardrails', () => {
  it.each([
    ['MFA', deny({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } })],
    ['recent MFA', deny({ NumericGreaterThanIfExists: { 'aws:MultiFactorAuthAge': '3600' } })],
    ['an age of MFA', deny({ Null: { 'aws:MultiFactorAuthAge': 'true' } })],
    ['TLS', deny({ Bool: { 'aws:SecureTransport': 'false' } })],
    ['a Region', deny({ StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } })],
    ['revoked older sessions', deny({ DateLessThan: { 'aws:TokenIssueTime': '2026-10-01T00:00:00Z' } })],
    ['keys that do not expire', deny({ Null: { 'aws:TokenIssueTime': 'true' } })],
    [
      'keys that do not expire, and MFA',
      deny({
        Null: { 'aws:TokenIssueTime': 'true' },
        BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' },
      }),
    ],
    ['an office', deny({ NotIpAddress: office })],
    ['a VPC endpoint', deny({ StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } })],
    ['the own organization', deny({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } })],
    ['tagged resources', deny({ StringEquals: { 'aws:ResourceTag/secret': 'yes' } })],
    ['another service', inline('other', { Effect: 'Deny', Action: 's3:*', Resource: '*' })],
  ])('leave nothing missing: %s', async (_, guardrail) => {
    expect(await missing(guardrail)).toEqual([]);
  });

  it('are missing access where the normal request is denied', async () => {
    expect(
      await missing(deny({ NotIpAddress: office }), { context: 'context: { aws:SourceIp: 203.0.113.1 }' }),
    ).toEqual(all);
    expect(await missing(deny({ StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } }))).toEqual(all);
    expect(await missing(deny({ NumericGreaterThan: { 'aws:EpochTime': '1000' } }))).toEqual(all);
    expect(
      await missing(inline('never', { Effect: 'Deny', Action: 'rekognition:Search*', Resource: '*' })),
    ).toEqual(['SearchFaces']);
  });

  it.each([
    ['MFA where it is known', { Bool: { 'aws:MultiFactorAuthPresent': 'false' } }],
    ['MFA', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }],
    ['recent MFA', { NumericGreaterThanIfExists: { 'aws:MultiFactorAuthAge': '3600' } }],
    ['an age of MFA', { Null: { 'aws:MultiFactorAuthAge': 'true' } }],
  ])('are missing access of the role of a service, which has no MFA: %s', async (_, condition) => {
    const trust = inline('trust', {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    expect(await missing(deny(condition), { kind: 'role', more: { trust } })).toEqual(all);
  });

  it('are missing access of a user’s own keys where just these are expected', async () => {
    const condition = ', Condition: { "Null": { aws:TokenIssueTime: "true" } }';
    const own = { Null: { 'aws:TokenIssueTime': 'true' } };
    expect(await missing(deny(own), { condition })).toEqual(all);
    expect(
      await missing(deny({ ...own, Null: { ...own.Null, 'aws:MultiFactorAuthPresent': 'true' } }), {
        condition,
      }),
    ).toEqual(all);
    expect(await missing(deny({ Null: { 'aws:TokenIssueTime': 'false' } }), { condition })).toEqual([]);
  });

  it('are missing access of temporary credentials', async () => {
    expect(await missing(deny({ Null: { 'aws:TokenIssueTime': 'false' } }))).toEqual(all);
  });

  it('are missing access of a resource that the expectation has', async () => {
    const guardrail = inline('payroll', {
      Effect: 'Deny',
      Action: 'rekognition:SearchFaces',
      Resource: 'arn:aws:rekognition:*:*:collection/payroll-*',
    });
    expect(await missing(guardrail)).toEqual(['SearchFaces']);
  });

  it('are asked from where the expectation itself is conditional', async () => {
    const condition = ', Condition: { IpAddress: { aws:SourceIp: 198.51.100.0/24 } }';
    const elsewhere = deny({ IpAddress: office });
    const context = 'context: { aws:SourceIp: 203.0.113.1 }';
    expect(await missing(elsewhere, { condition, context })).toEqual(all);
    expect(await missing(deny({ NotIpAddress: office }), { condition, context })).toEqual([]);
  });
});

describe('grants in time', () => {
  const expectNothing = parseExpectations('default: []', 'e.yaml', { now }).expectations;
  const found = async (Condition: object) => {
    const policy = inline('timed', {
      Effect: 'Allow',
      Action: 'rekognition:DeleteFaces',
      Resource: '*',
      Condition,
    });
    const account = accountOf(principal({ name: 'contractor', policies: [policy] }));
    const { findings } = await checkAccount(account, { expectations: expectNothing, now: () => now });
    return findings.map(({ kind, severity }) => `${severity} ${kind}`);
  };

  it('that are over are none', async () => {
    expect(await found({ DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } })).toEqual([]);
    expect(await found({ DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' } })).toEqual([]);
  });

  it('that run or begin later are excess', async () => {
    expect(await found({ DateLessThan: { 'aws:CurrentTime': '2026-12-01T00:00:00Z' } })).toEqual([
      'critical excess',
    ]);
    expect(await found({ DateGreaterThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } })).toEqual([
      'critical excess',
    ]);
  });
});
