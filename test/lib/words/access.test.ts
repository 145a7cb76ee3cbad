import { casesOf, PolicyCompiler } from '@permission-check/iam-policy';
import { expect, test } from 'vitest';
import { accessWords } from '#lib/words/access.ts';

const action = 'rekognition:DetectFaces';

/** Words for an Allow on everything, from which a Deny with that condition is taken. */
function wordsWithout(
  condition: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>,
): string[] {
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: '*', Resource: '*', Condition: condition },
    ],
  });
  const set = new PolicyCompiler([action]).compileSet({ identity: [{ name: 'p', type: 'inline', text }] });
  return accessWords(casesOf(set, action, { resource: '*', known: {} }).cases, undefined);
}

test.each([
  [{ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }, ['from outside 192.0.2.0/24']],
  [{ NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }, ['from 192.0.2.0/24']],
  [{ NotIpAddressIfExists: { 'aws:SourceIp': '192.0.2.0/24' } }, ['from 192.0.2.0/24']],
  [
    { IpAddressIfExists: { 'aws:SourceIp': '192.0.2.0/24' } },
    [/^unless aws:SourceIp is in 192\.0\.2\.0\/24 or is absent$/],
  ],
  [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }, ['with MFA']],
  [{ Bool: { 'aws:MultiFactorAuthPresent': 'false' } }, ['with MFA, or where MFA is not recorded']],
  [{ Null: { 'aws:MultiFactorAuthAge': 'true' } }, ['with MFA']],
  [
    { NumericGreaterThan: { 'aws:MultiFactorAuthAge': '3600' } },
    ['when aws:MultiFactorAuthAge is at most 3600 or is absent'],
  ],
  [{ DateGreaterThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } }, [/aws:CurrentTime is at most 2027/]],
  [
    { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-central-1'] } },
    ['in eu-west-1 or eu-central-1'],
  ],
  [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, ['unless some value of aws:TagKeys is a']],
])('what %j leaves of everything', (condition, words) => {
  const found = wordsWithout(condition);
  expect(found).toHaveLength(words.length);
  for (const [index, word] of words.entries())
    expect(found[index]).toMatch(
      word instanceof RegExp ? word : new RegExp(`^${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`),
    );
});
