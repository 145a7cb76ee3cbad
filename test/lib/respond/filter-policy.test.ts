import { describe, expect, it } from 'vitest';
import { letsThrough } from '#lib/respond/filter-policy.ts';

const message = {
  json: JSON.stringify({ purpose: 'change', principals: 3, place: { region: 'us-east-1' } }),
  attributes: {
    severity: { type: 'String' as const, value: 'high' },
    findings: { type: 'Number' as const, value: 3 },
    kinds: { type: 'String.Array' as const, value: ['excess', 'missing'] },
  },
};
const through = (policy: object, scope = 'MessageAttributes') =>
  letsThrough(JSON.stringify(policy), scope, message);

describe('a filter policy on attributes', () => {
  it.each([
    [{}, true],
    [{ severity: ['critical', 'high'] }, true],
    [{ severity: ['critical'] }, false],
    [{ severity: ['high'], kinds: ['contradiction'] }, false],
    [{ kinds: ['missing'] }, true],
    [{ severity: [{ 'anything-but': ['low', 'none'] }] }, true],
    [{ severity: [{ 'anything-but': 'high' }] }, false],
    [{ severity: [{ 'anything-but': { prefix: 'hi' } }] }, false],
    [{ severity: [{ prefix: 'hi' }] }, true],
    [{ severity: [{ suffix: 'cal' }] }, false],
    [{ severity: [{ 'equals-ignore-case': 'HIGH' }] }, true],
    [{ severity: [{ wildcard: 'h*h' }] }, true],
    [{ severity: [{ wildcard: 'h.gh' }] }, false],
    [{ findings: [3] }, true],
    [{ findings: [{ numeric: ['>', 0, '<=', 3] }] }, true],
    [{ findings: [{ numeric: ['>=', 4] }] }, false],
    [{ findings: [{ numeric: ['=', 3] }] }, true],
    [{ findings: [{ numeric: ['<', 3] }] }, false],
    [{ account: [{ exists: false }] }, true],
    [{ account: [{ exists: true }] }, false],
    [{ account: ['123456789012'] }, false],
    [{ $or: [{ severity: ['low'] }, { findings: [3] }] }, true],
    [{ $or: [{ severity: ['low'] }, { findings: [4] }] }, false],
    [{ severity: [{ cidr: '10.0.0.0/8' }] }, false],
  ])('%j: %s', (policy, expected) => {
    expect(through(policy)).toBe(expected);
  });

  it('that cannot be read, or asks what is not known here, drops nothing', () => {
    expect(letsThrough('not JSON', 'MessageAttributes', message)).toBe(true);
    expect(through({ severity: [{ 'of-the-future': 1 }] })).toBe(true);
  });
});

it('a filter policy on the body reads the JSON form', () => {
  expect(through({ purpose: ['change'], place: { region: ['us-east-1'] } }, 'MessageBody')).toBe(true);
  expect(through({ place: { region: ['eu-west-1'] } }, 'MessageBody')).toBe(false);
  expect(through({ severity: ['high'] }, 'MessageBody')).toBe(false);
});
