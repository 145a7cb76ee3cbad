import { expect, test } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import { openFindings } from '#lib/report/exit.ts';
import { firstExpectations } from '#lib/workbench/init.ts';
import { accountOf, role } from '#test/lib/reach/account.ts';
import { service } from '#test/lib/reach/session-accounts.ts';

const lambda = service('lambda.amazonaws.com');
const allow = (Action: string | readonly string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });

async function expectedOf(may: object | readonly object[]): Promise<unknown> {
  const account = accountOf(role('a', lambda, may));
  const { text } = await firstExpectations(account, {});
  const { expectations } = parseExpectations(text, 'expectations.yaml', {});
  const { findings } = await checkAccount(account, { expectations });
  expect(openFindings(findings)).toEqual([]);
  for await (const principal of account.principals()) return expectations.expectationFor(principal).label;
  return undefined;
}

const readOnly = JSON.parse(catalogPolicies('AmazonRekognitionReadOnlyAccess@v4')[0]?.text ?? '{}').Statement;

test.each<[string, object | readonly object[], string]>([
  ['every action', allow('rekognition:*'), 'AmazonRekognitionFullAccess v1'],
  [
    'every action, by what it does not say',
    { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
    'AmazonRekognitionFullAccess v1',
  ],
  ['an older version, copied', readOnly, 'AmazonRekognitionReadOnlyAccess v4'],
  [
    'the same but one action',
    [readOnly, { Effect: 'Deny', Action: 'rekognition:ListFaces', Resource: '*' }].flat(),
    'a',
  ],
  ['the same on some resources', allow('rekognition:*', 'arn:aws:rekognition:*:*:collection/a'), 'a'],
  [
    'the same with a condition',
    { ...allow('rekognition:*'), Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
    'a',
  ],
])('init names the set of the catalogue that says the same as %s', async (_, may, label) => {
  expect(await expectedOf(may)).toBe(label);
});
