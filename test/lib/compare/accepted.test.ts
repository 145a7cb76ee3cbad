import { describe, expect, test } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { acceptIn } from '#lib/expectation/accept-in-yaml.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { accountOf, policyOf, user } from '../reach/account.ts';

/** What a check finds, and the messages about the file. */
async function check(file: string, condition: object, more: object = {}) {
  const { expectations, diagnostics } = parseExpectations(file, 'e.yaml');
  const statement = {
    Effect: 'Allow',
    Action: 'rekognition:DeleteFaces',
    Resource: '*',
    Condition: condition,
    ...more,
  };
  const { findings } = await checkAccount(accountOf(user('u', statement)), { expectations });
  return { findings, errors: diagnostics.filter(({ severity }) => severity === 'error') };
}

describe('what IAM stores and nobody would write is accepted in words that can be read', () => {
  test.each<[string, object, object?]>([
    ['a Bool that is neither', { Bool: { 'aws:ViaAWSService': 'no' } }],
    ['an empty Bool', { BoolIfExists: { 'aws:MultiFactorAuthPresent': '' } }],
    ['a Bool of several', { Bool: { 'aws:SecureTransport': ['true', 'x'] } }],
    ['a Null that is neither', { Null: { 'aws:SourceIp': 'no' } }],
    ['one address of two', { IpAddress: { 'aws:SourceIp': ['bogus', '203.0.113.0/24'] } }],
    ['no address, or no key', { IpAddressIfExists: { 'aws:SourceIp': 'bogus' } }],
    ['not a text that is no number', { NumericNotEquals: { 'aws:UserAgent': 'x' } }],
    ['not a text that is no date', { DateNotEquals: { 'aws:CurrentTime': 'x' } }],
    ['a key that is a member of every object', { StringNotEquals: { constructor: 'x' } }],
    ['a variable for an account', {}, { Resource: 'arn:aws:rekognition:*:${aws:PrincipalAccount}:*' }],
    ['a variable for an ARN', {}, { Resource: '${aws:UserAgent}' }],
  ])('%s', async (_, condition, more) => {
    const nothing = 'default: []\n';
    const { findings } = await check(nothing, condition, more);
    const acceptances = findings.flatMap(({ acceptance }) => acceptance ?? []);
    if (acceptances.length === 0) throw new Error(`nothing to accept: ${JSON.stringify(findings)}`);
    expect(await check(acceptIn(nothing, acceptances), condition, more)).toEqual({
      findings: [],
      errors: [],
    });
  });
});

test.each([
  ['a condition', { Resource: '*', Condition: { StringNotEquals: { 'aws:username': '${aws:username}' } } }],
  [
    'a condition of a list',
    { Resource: '*', Condition: { StringNotLike: { 'aws:UserAgent': ['${*}', 'a*'] } } },
  ],
])(
  'what looks like a variable in %s of a document without Version is accepted as the text that it is',
  async (_, rest) => {
    const own = policyOf('own', { Effect: 'Allow', Action: 'rekognition:DeleteFaces', ...rest });
    const { Statement } = JSON.parse(own.text);
    const account = accountOf(user('u', [], { policies: [{ ...own, text: JSON.stringify({ Statement }) }] }));
    const of = async (file: string) => {
      const { expectations } = parseExpectations(file, 'e.yaml');
      return (await checkAccount(account, { expectations })).findings;
    };
    const found = await of('default: []\n');
    expect(found).toHaveLength(1);
    const accepted = acceptIn(
      'default: []\n',
      found.flatMap(({ acceptance }) => acceptance ?? []),
    );
    expect(await of(accepted)).toEqual([]);
  },
);

describe('what is accepted after the last day of a rule', () => {
  test.each([
    [
      'of its own',
      'principals:\n  - { match: user/u, expect: [AmazonRekognitionFullAccess], until: 2026-01-31 }\n',
    ],
    ['of many', 'principals:\n  - { match: "user/*", expect: any, until: 2026-01-31 }\ndefault: []\n'],
    [
      'where another decides',
      'principals:\n  - { match: user/u, expect: any, until: 2026-01-31 }\n  - { match: "*", expect: [] }\n',
    ],
  ])('%s', async (_, file) => {
    const { findings } = await check(file, {});
    const acceptances = findings.flatMap(({ acceptance }) => acceptance ?? []);
    expect(acceptances).toHaveLength(1);
    expect(await check(acceptIn(file, acceptances), {})).toEqual({ findings: [], errors: [] });
  });
});
