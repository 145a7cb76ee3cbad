import type { RequestContext } from '@permission-check/iam-policy';
import { parsePolicy } from '@permission-check/iam-policy';
import { describe, expect, test } from 'vitest';
import { awsCommand, shellWord } from '#lib/words/aws-command.ts';
import { conditionWords } from '#lib/words/conditions.ts';
import { isEverything, scopeWords } from '#lib/words/scopes.ts';
import { allow, arn, policy } from './fixtures.ts';

const words = (condition: object) =>
  conditionWords(
    parsePolicy(policy('p', [allow('rekognition:*', '*', condition)]).text).statements[0]?.conditions ?? [],
  );

describe('conditions in words', () => {
  test.each([
    [{}, undefined],
    [{ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, 'with MFA'],
    [{ Bool: { 'AWS:multifactorauthpresent': 'false' } }, 'without MFA'],
    [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }, 'with MFA, or where MFA is not recorded'],
    [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }, 'without MFA'],
    [{ Null: { 'aws:MultiFactorAuthAge': 'true' } }, 'without MFA'],
    [{ Bool: { 'aws:MultiFactorAuthPresent': 'no' } }, 'without MFA'],
    [
      { StringEquals: { 'aws:TagKeys': 'a' } },
      'when aws:TagKeys (a list, which needs ForAnyValue or ForAllValues) is a',
    ],
    [{ Bool: { 'aws:ViaAWSService': '' } }, 'when aws:ViaAWSService is false'],
    [{ Null: { 'aws:username': ['TRUE', 'yes'] } }, 'when aws:username is absent or present'],
    [{ StringEquals: { 'aws:PrincipalTag/a': ['', 'b '] } }, 'when aws:PrincipalTag/a is "" or "b "'],
    [{ NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } }, 'within 3600 seconds of signing in with MFA'],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, 'without TLS'],
    [
      { IpAddress: { 'aws:SourceIp': ['198.51.100.0/24', '192.0.2.1'] } },
      'from 198.51.100.0/24 or 192.0.2.1',
    ],
    [
      { NotIpAddress: { 'aws:SourceIp': ['198.51.100.0/24', '192.0.2.1'] } },
      'from outside 198.51.100.0/24 and 192.0.2.1',
    ],
    [{ DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } }, 'before 2027-01-01T00:00:00Z'],
    [{ StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }, 'in eu-west-1'],
    [{ StringEquals: { 'aws:ResourceTag/team': 'shop' } }, 'when aws:ResourceTag/team is shop'],
    [{ StringNotEquals: { 'aws:ResourceTag/team': ['a', 'b'] } }, 'when aws:ResourceTag/team is not a or b'],
    [{ StringLike: { 'aws:PrincipalArn': '*x' } }, 'when aws:PrincipalArn is like *x'],
    [{ ArnNotLike: { 'aws:PrincipalArn': 'arn:x' } }, 'when aws:PrincipalArn is not like arn:x'],
    [{ NumericGreaterThanEquals: { 'x:y': '5' } }, 'when x:y is at least 5'],
    [{ Null: { 'aws:PrincipalTag/team': 'false' } }, 'when aws:PrincipalTag/team is present'],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, 'when every value of aws:TagKeys is a'],
    [
      { 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': ['a'] } },
      'when some value of aws:TagKeys is a or is absent',
    ],
    [{ StringEquals: { 'x:a': '1' }, StringLike: { 'x:b': '2' } }, 'when x:a is 1 and x:b is like 2'],
    [{ StringEquals: { 'x:a': ['1', '2', '3', '4', '5', '6'] } }, 'when x:a is 1, 2, 3, 4 or 2 more'],
  ])('%j', (condition, expected) => expect(words(condition)).toBe(expected));
});

describe('resources in words', () => {
  const scope = (statement: object, path: string, context: RequestContext = {}) => {
    const source = policy('p', [{ Effect: 'Allow', Action: 'rekognition:*', ...statement }]);
    const by = parsePolicy(source.text).statements.map((one) => ({
      policy: source,
      layer: 'identity' as const,
      statement: one,
    }));
    return scopeWords([
      { by, request: { action: 'rekognition:X', resource: path === '*' ? '*' : arn(path), context } },
    ]);
  };
  const any = 'arn:aws:rekognition:*:*:';
  test.each<[object, string, string | undefined, RequestContext?]>([
    [{ Resource: '*' }, '*', undefined],
    [{ Resource: '*' }, 'collection/c', 'every collection'],
    [{ Resource: `${any}collection/*` }, 'collection/c', 'every collection'],
    [{ Resource: `${any}*` }, 'project/p/1', 'every project'],
    [{ Resource: `${any}project/*/version/*` }, 'project/p/version/v/1', 'every project version'],
    [{ Resource: `${any}project/*` }, 'project/p/dataset/train/1', 'every dataset'],
    [{ Resource: `${any}streamprocessor/*` }, 'streamprocessor/s', 'every stream processor'],
    [
      { Resource: 'arn:aws:rekognition:us-east-1:*:collection/*' },
      'collection/c',
      'every collection in us-east-1',
    ],
    [
      { Resource: [`${any}collection/a-*`, `${any}collection/b-*`, `${any}project/*`] },
      'collection/b-1',
      'collection/b-*',
    ],
    [
      { Resource: `${any}collection/\${aws:username}` },
      'collection/bob',
      'collection/${aws:username}',
      { 'aws:username': 'bob' },
    ],
    [
      { NotResource: [`${any}collection/payroll-*`, `${any}project/*`] },
      'collection/c',
      'every collection except collection/payroll-*',
    ],
    [{ NotResource: `${any}project/*` }, 'collection/c', 'every collection'],
    [
      { Resource: 'arn:aws-cn:rekognition:*:999988887777:collection/a' },
      'collection/c',
      'collection/a of account 999988887777 of partition aws-cn',
    ],
  ])('%j on %s', (statement, path, expected, context) => {
    expect(scope(statement, path, context)).toBe(expected);
  });

  test('everything is what leaves nothing out', () => {
    expect(isEverything('every collection')).toBe(true);
    expect(isEverything('every collection in eu-west-1')).toBe(false);
    expect(isEverything('collection/payroll-*')).toBe(false);
  });
});

describe('commands', () => {
  test.each([
    ['analyst', 'analyst'],
    ["it's; rm -rf /", "'it'\\''s; rm -rf /'"],
    ['$(id)', "'$(id)'"],
    ['', "''"],
    ['a\nb', "'a\nb'"],
    ['~root', "'~root'"],
  ])('%j is quoted as a shell word', (name, expected) => expect(shellWord(name)).toBe(expected));

  test('a name that begins like an option stays a value', () => {
    expect(awsCommand('iam get-role', { 'role-name': '-x' })).toBe('aws iam get-role --role-name=-x');
  });
});
