import { expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { fix } from '#lib/workbench/fix/fix.ts';
import { accountId, accountOf, policyOf, role, user } from '#test/lib/reach/account.ts';
import { afterCommands } from '#test/support/aws-commands.ts';

const may = [policyOf('faces', [{ Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' }])];
const trusting = (name: string, ...statements: readonly object[]): Principal => ({
  ...role(name, statements),
  policies: may,
});
const letting = (Principal: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...more,
});
const guests = letting(
  { Federated: 'cognito-identity.amazonaws.com' },
  {
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        'cognito-identity.amazonaws.com:aud': 'eu-west-1:11111111-2222-3333-4444-555555555555',
      },
    },
  },
);
const github = `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`;
const shared = letting(
  { Federated: github },
  {
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } },
  },
);
const lambda = letting({ Service: 'lambda.amazonaws.com' });

async function mended(principals: readonly Principal[], text: string) {
  const { expectations } = parseExpectations(text, 'expectations.yaml');
  const answer = await fix(accountOf(...principals), { expectations });
  const changed = afterCommands(principals, answer.commands, () => []);
  const after = await checkAccount(accountOf(...changed), { expectations });
  return { ...answer, after: after.findings };
}
const any = 'default: any';

test.each([
  ['anyone', trusting('open', letting({ AWS: '*' })), [`arn:aws:iam::${accountId}:root`]],
  ['anyone, as a text', trusting('open', letting('*')), [`arn:aws:iam::${accountId}:root`]],
  ['guests', trusting('guest', guests), ['ForAnyValue:StringLike', 'authenticated', 'aud']],
  ['a deputy', trusting('deputy', letting({ Service: 'rekognition.amazonaws.com' })), ['aws:SourceAccount']],
])('%s is kept out, and the rest of the trust policy stays', async (_, principal, words) => {
  const { mended: gone, left, documents, after } = await mended([principal], any);
  expect(gone.map(({ kind }) => kind)).toEqual(['exposed']);
  expect(left).toEqual([]);
  expect(after).toEqual([]);
  for (const word of words) expect(documents[0]?.text).toContain(word);
});

test('whom a role of a shared provider is meant for is left to a person', async () => {
  const { left, commands } = await mended([trusting('pipeline', shared)], any);
  expect(left).toMatchObject([{ finding: { kind: 'exposed' } }]);
  expect(commands).toEqual([]);
});

test.each([
  ['anyone', letting({ AWS: '*' }), 'can be assumed by anyone with an AWS account: delete faces'],
  ['a provider that others share', shared, 'can be assumed by anyone'],
  ['a service for whomever', letting({ Service: 'rekognition.amazonaws.com' }), 'a confused deputy'],
])('what is missing is refused to a role that is open to %s, in words', async (_, statement, words) => {
  const rules = `sets:
  faces: [{ Effect: Allow, Action: "rekognition:DeleteFaces", Resource: "*" }]
default: [faces]
`;
  const { left, commands, after } = await mended([role('open', statement)], rules);
  expect(commands).toEqual([]);
  expect(after.map(({ kind }) => kind)).toEqual(['missing']);
  expect(left).toMatchObject([{ finding: { kind: 'missing' } }]);
  expect(left[0]?.why).toMatch(/^refused while role\/open /);
  expect(left[0]?.why).toContain(words);
  expect(left[0]?.why).toContain(
    'Narrow its trust policy first, or name in "assumed-by" whom it is meant for',
  );
  const meant = await mended(
    [role('open', statement)],
    rules.replace(
      'default:',
      'principals: [{ match: role/open, expect: [faces], assumed-by: [any] }]\ndefault:',
    ),
  );
  expect(meant.left).toEqual([]);
  expect(meant.after).toEqual([]);
});

test('where a rule says who may assume it, a statement for others goes and one for those comes', async () => {
  const rule = `principals:
  - match: role/*
    expect: any
    assumed-by: [lambda.amazonaws.com, user/ops]
`;
  const other = letting({ AWS: 'arn:aws:iam::999988887777:root' });
  const { left, documents, after } = await mended([trusting('worker', lambda, other), user('ops')], rule);
  expect(left).toEqual([]);
  expect(after).toEqual([]);
  expect(JSON.parse(documents[0]?.text ?? '').Statement).toMatchObject([
    { Principal: { Service: 'lambda.amazonaws.com' } },
    { Principal: { AWS: `arn:aws:iam::${accountId}:user/ops` } },
  ]);
});

test('the only statement, written without a list, gets another beside it', async () => {
  const rule = `principals:
  - match: role/*
    expect: any
    assumed-by: [lambda.amazonaws.com, "444455556666"]
`;
  const single = { ...trusting('worker', lambda) };
  const text = JSON.stringify({ Version: '2012-10-17', Statement: lambda });
  const principal = { ...single, ...(single.trust && { trust: { ...single.trust, text } }) };
  const { left, after, documents } = await mended([principal], rule);
  expect(left).toEqual([]);
  expect(after).toEqual([]);
  expect(JSON.parse(documents[0]?.text ?? '').Statement).toHaveLength(2);
});
