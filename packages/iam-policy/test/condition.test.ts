import { describe, expect, it } from 'vitest';
import { compileTest } from '../src/condition.ts';
import { parseOperator } from '../src/operators.ts';
import type { RequestContext } from '../src/types.ts';

/** Whether a test holds for the key aws:k; `undefined`: the key is missing. */
function holds(
  operator: string,
  values: string | readonly string[],
  context: string | readonly string[] | undefined,
  more: RequestContext = {},
  version: '2012-10-17' | '2008-10-17' = '2012-10-17',
): boolean {
  const parsed = parseOperator(operator);
  if (parsed === undefined) throw new Error(`no operator: ${operator}`);
  const test = { ...parsed, key: 'aws:k', values: [values].flat() };
  return compileTest(test, { version, effect: 'Allow', reading: 'live' }).matches({
    ...more,
    ...(context !== undefined && { 'AWS:K': context }),
  });
}

const NONE = undefined;

describe('one value', () => {
  it.each<[string, string | string[], string | string[] | undefined, boolean]>([
    ['StringEquals', 'a', 'a', true],
    ['StringEquals', 'a', 'A', false],
    ['StringEquals', 'a*', 'ab', false],
    ['StringEquals', ['a', 'b'], 'b', true],
    ['StringEquals', [], 'b', false],
    ['StringNotEquals', ['a', 'b'], 'b', false],
    ['StringNotEquals', ['a', 'b'], 'c', true],
    ['StringNotEquals', [], 'b', true],
    ['StringEqualsIgnoreCase', 'aB', 'Ab', true],
    ['StringNotEqualsIgnoreCase', 'aB', 'Ab', false],
    ['StringLike', 'a*c', 'abbc', true],
    ['StringLike', 'a?c', 'abbc', false],
    ['StringLike', 'a*b*a', 'aba', true],
    ['StringLike', 'ab*ba', 'aba', false],
    ['StringLike', 'a*ba*a', 'aba', false],
    ['StringLike', '*a*b*', 'xbxaxb', true],
    ['StringLike', '*', '', true],
    ['StringLike', '?*', '', false],
    ['StringLike', 'a.c', 'abc', false],
    ['StringNotLike', 'a*', 'b', true],
    ['NumericEquals', '10', '10.0', true],
    ['NumericEquals', '10', '1e1', true],
    ['NumericLessThan', '18014398509481984', '18014398509481983', true],
    ['NumericNotEquals', '10', 'ten', true],
    ['NumericLessThan', '10', '9.99', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '-1', '0', true],
    ['NumericGreaterThanEquals', ['5', '10'], '7', true],
    ['DateEquals', '2026-01-01', '2026-01-01T00:00:00Z', true],
    ['DateEquals', '1767225600', '2026-01-01T00:00:00Z', true],
    ['DateEquals', '2026-01-01T01:00:00+01:00', '2026-01-01T00:00Z', true],
    ['DateEquals', '2026-01-01T01:00:00+0100', '2026-01-01T00:00:00', true],
    ['DateLessThan', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.499Z', true],
    ['DateGreaterThan', '2026-01-01', '2025-12', false],
    ['DateGreaterThan', 'January 1, 2025', '2026-01-01', false],
    ['DateNotEquals', '2026-02-30T00:00:00Z', '2026-01-01', true],
    ['Bool', 'true', 'TRUE', true],
    ['Bool', 'false', 'true', false],
    ['Bool', 'yes', 'yes', true],
    ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
    ['IpAddress', '203.0.113.0/24', '203.0.113.255', true],
    ['IpAddress', '203.0.113.0/25', '203.0.113.128', false],
    ['IpAddress', '0.0.0.0/0', '203.0.113.128', true],
    ['IpAddress', '203.0.113.7', '203.0.113.7', true],
    ['IpAddress', '2001:db8::/33', '2001:DB8:7fff::1', true],
    ['IpAddress', '2001:db8::/33', '2001:db8:8000::1', false],
    ['IpAddress', '2001:db8::1', '2001:db8:0:0:0:0:0:1', true],
    ['IpAddress', '::ffff:1.2.3.4', '::ffff:102:304', false],
    ['IpAddress', '0.0.0.0/0', '::1', false],
    ['IpAddress', '10.0.0.0/33', '10.0.0.1', false],
    ['NotIpAddress', '203.0.113.0/24', '203.0.114.1', true],
    ['NotIpAddress', '203.0.113.7', '2001:db8::1', true],
    ['NotIpAddress', '203.0.113.0/24', 'not-an-address', false],
    ['ArnEquals', 'arn:aws:iam::*:role/a*', 'arn:aws:iam::1:role/ab/c', true],
    ['ArnLike', 'arn:aws:s3:::b?', 'arn:aws:s3:::bb', true],
    ['ArnLike', 'arn:aws:*:x', 'arn:aws:sns:us-east-1:1:x', false],
    ['ArnLike', 'arn:aws:sns:*:x', 'arn:aws:sns:us-east-1:1:x', false],
    ['ArnLike', 'arn:aws:logs:*:*:log-group:*', 'arn:aws:logs:r:1:log-group:a:b', true],
    ['ArnNotLike', 'arn:aws:sns:*:*:x', 'arn:aws:sns:r:1:y', true],
    ['ArnNotEquals', 'arn:aws:sns:*:*:x', 'no-arn', false],
    ['Null', 'true', NONE, true],
    ['Null', 'FALSE', 'x', true],
    ['Null', 'false', NONE, false],
    ['Null', 'true', '', false],
  ])('%s %j with %j: %s', (operator, values, context, expected) => {
    expect(holds(operator, values, context)).toBe(expected);
  });
});

describe('missing keys, lists and quantifiers', () => {
  it.each<[string, string | string[], string | string[] | undefined, boolean]>([
    ['StringEquals', 'a', NONE, false],
    ['StringNotEquals', 'a', NONE, true],
    ['NumericLessThan', '1', NONE, false],
    ['NotIpAddress', '10.0.0.0/8', NONE, true],
    ['BoolIfExists', 'true', NONE, true],
    ['BoolIfExists', 'true', 'false', false],
    ['StringNotEqualsIfExists', 'a', NONE, true],
    // A list-typed key never satisfies an operator without quantifier, not even a negated one.
    ['StringEquals', 'a', ['a'], false],
    ['StringNotEquals', 'b', ['a'], false],
    ['StringEqualsIfExists', 'a', ['a'], false],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', 'a', 'a', true],
    ['ForAllValues:StringEquals', 'a', NONE, true],
    ['ForAllValues:StringEquals', 'a', [], true],
    ['ForAllValues:StringEquals', 'a', '', false],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'a'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
    ['ForAnyValue:StringEquals', 'a', [], false],
    ['ForAnyValue:StringEquals', 'a', NONE, false],
    ['ForAnyValue:StringNotEquals', 'a', NONE, false],
    ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
    ['ForAnyValue:StringLikeIfExists', 'a', NONE, true],
    ['ForAnyValue:StringLikeIfExists', 'a*', [], false],
  ])('%s %j with %j: %s', (operator, values, context, expected) => {
    expect(holds(operator, values, context)).toBe(expected);
  });
});

describe('policy variables', () => {
  const user = { 'aws:username': 'ann', 'aws:PrincipalTag/Team': 'a*', 'aws:TagKeys': ['x'] };

  it.each<[string, string, string, boolean]>([
    ['StringEquals', '${aws:username}', 'ann', true],
    ['StringEquals', '${AWS:UserName}-${aws:username}', 'ann-ann', true],
    ['StringEquals', "${aws:nobody, 'ann'}", 'ann', true],
    ['StringEquals', "${aws:username, 'bob'}", 'ann', true],
    ['StringEquals', '${aws:nobody}', '${aws:nobody}', false],
    ['StringLike', '*${aws:nobody}*', 'x', false],
    // Nothing equals a variable without a value: negated operators hold.
    ['StringNotEquals', '${aws:nobody}', 'x', true],
    ['StringNotLike', '${aws:nobody}*', 'x', true],
    ['ArnNotLike', 'arn:aws:iam::1:user/${aws:nobody}', 'arn:aws:iam::1:user/ann', true],
    ['StringEquals', '${aws:TagKeys}', 'x', false],
    // The value of a variable is text; its wildcards are none.
    ['StringLike', '${aws:PrincipalTag/Team}', 'abc', false],
    ['StringLike', '${aws:PrincipalTag/Team}*', 'a*c', true],
    ['StringLike', 'a${*}', 'ab', false],
    ['StringLike', 'a${*}?', 'a*b', true],
    ['StringEquals', '${$}{aws:username}', '${aws:username}', true],
    ['StringEquals', '${aws:username', '${aws:username', true],
    ['ArnLike', 'arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/ann', true],
    ['Bool', '${aws:nobody}', 'true', false],
    ['BinaryEquals', '${aws:username}', 'ann', true],
    ['NumericEquals', '${aws:username}', '1', false],
  ])('%s %s with %s: %s', (operator, value, context, expected) => {
    expect(holds(operator, value, context, user)).toBe(expected);
  });

  it('are text before 2012-10-17', () => {
    expect(holds('StringEquals', '${aws:username}', 'ann', user, '2008-10-17')).toBe(false);
    expect(holds('StringEquals', '${aws:username}', '${aws:username}', user, '2008-10-17')).toBe(true);
    expect(holds('StringLike', '${*}', '${xyz}', user, '2008-10-17')).toBe(true);
  });

  it('follow the context from request to request', () => {
    const operator = parseOperator('StringEquals');
    if (operator === undefined) throw new Error('no operator');
    const test = compileTest(
      { ...operator, key: 'aws:k', values: ['${aws:u}'] },
      {
        version: '2012-10-17',
        effect: 'Allow',
        reading: 'live',
      },
    );
    const ask = (u?: string) => test.matches({ 'aws:k': 'ann', ...(u !== undefined && { 'aws:u': u }) });
    expect([ask('ann'), ask('bob'), ask(), ask('ann')]).toEqual([true, false, false, true]);
    expect(test.variables).toEqual(['aws:u']);
  });
});
