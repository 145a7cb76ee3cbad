import { describe, expect, it } from 'vitest';
import { compileResource } from '../src/arn.ts';
import type { RequestContext } from '../src/types.ts';

const ARN = 'arn:aws:rekognition:us-east-1:123456789012:collection/visitors';
const LOGS = 'arn:aws:logs:us-east-1:123456789012:log-group:shop:log-stream:ann';

const matches = (
  pattern: string,
  resource: string,
  context: RequestContext = {},
  version: '2012-10-17' | '2008-10-17' = '2012-10-17',
): boolean => compileResource(pattern, version).some((each) => each.matches(resource, context));

describe('resource patterns', () => {
  it.each([
    ['*', ARN, true],
    ['**', '*', true],
    // `*` asked for is the text `*`: only a pattern for all resources matches it.
    ['*', '*', true],
    [ARN, '*', false],
    ['arn:*', '*', false],
    [ARN, ARN, true],
    [ARN, ARN.toUpperCase(), false],
    [ARN.replace('visitors', 'Visitors'), ARN, false],
    [ARN.replace('us-east-1', 'US-EAST-1'), ARN, false],
    [ARN.replace('visitors', 'visit*'), ARN, true],
    [ARN.replace('visitors', 'visitor?'), ARN, true],
    [ARN.replace('visitors', 'visitors?'), ARN, false],
    [ARN.replace('collection/visitors', '*'), ARN, true],
    [ARN.replace('collection', 'coll*'), ARN, true],
    [ARN.replace('collection/', '*/'), ARN, true],
    ['arn:aws:rekognition:*:*:collection/*', ARN, true],
    ['arn:*:rekognition:us-*-1:*:collection/visitors', ARN, true],
    ['arn:aws:rekognition:us?east?1:123456789012:collection/visitors', ARN, true],
    ['arn:aws:rekognition:*', ARN, true],
    ['arn:aws:rekognition', ARN, true],
    ['arn:aws:rek', ARN, false],
    ['arn:aws:rekognition:us-west-2', ARN, false],
    ['arn:aws:rekognition:*:123456789012', ARN, true],
    ['arn:aws:rekognition:*:210987654321', ARN, false],
    // A `*` that ends its segment may match beyond the colon; one inside may not.
    ['arn:aws:rekognition:*:collection/visitors', ARN, true],
    ['arn:aws:rek*n:us-east-1:123456789012:collection/visitors', ARN, true],
    ['arn:aws:rek*1:123456789012:collection/visitors', ARN, false],
    ['arn:aws:rekognition:us-east?1:12345678901?:collection/visitors', ARN, true],
    ['arn:aws:rekognition?us-east-1:123456789012:collection/visitors', ARN, false],
    ['arn:aws:logs:*:*:log-group:*:log-stream:ann', LOGS, true],
    ['arn:aws:logs:*:*:log-group:shop*', LOGS, true],
    ['arn:aws:logs:*:*:log-group:shop', LOGS, false],
    ['arn:aws:s3:::photos/*', 'arn:aws:s3:::photos/a/b', true],
    ['arn:aws:s3:::*/a', 'arn:aws:s3:::photos/a', true],
  ])('%s matches %s: %s', (pattern, resource, expected) => {
    expect(matches(pattern, resource)).toBe(expected);
  });

  it('resolves variables in every segment', () => {
    const context = { 'aws:username': 'visitors', 'aws:RequestedRegion': 'us-east-1' };
    const user = ARN.replace('visitors', '${aws:username}');
    expect(matches(user, ARN, context)).toBe(true);
    expect(matches(user, ARN, { 'aws:username': 'ann' })).toBe(false);
    expect(matches(user, ARN)).toBe(false);
    expect(matches(user, ARN, context, '2008-10-17')).toBe(false);
    expect(matches(ARN.replace('us-east-1', '${aws:RequestedRegion}'), ARN, context)).toBe(true);
    expect(matches(ARN.replace('us-east-1', '${aws:RequestedRegion}'), ARN)).toBe(false);
    expect(matches('${aws:PrincipalTag/arn}', ARN, { 'aws:PrincipalTag/arn': ARN })).toBe(true);
    expect(
      matches('arn:aws:${aws:PrincipalTag/service}', ARN, { 'aws:PrincipalTag/service': 'rekognition' }),
    ).toBe(false);
    const [pattern] = compileResource(user, '2012-10-17');
    expect(pattern?.variables).toEqual(['aws:username']);
    expect(pattern?.resolve({})).toBeUndefined();
    expect(pattern?.resolve(context)).toEqual([{ kind: 'text', text: ARN }]);
  });

  it('stays fast on patterns made to be slow', () => {
    const pattern = `${ARN}${'*a?'.repeat(300)}b`;
    expect(matches(pattern, `${ARN}${'aa'.repeat(900)}`)).toBe(false);
  });
});
