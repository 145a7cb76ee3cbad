import { describe, expect, test } from 'vitest';
import { allow, compared, expecting, policy, role } from './fixtures.ts';

describe('ids', () => {
  test('do not depend on line, version, order or time, but on account, principal and cause', () => {
    const statement = { Sid: 'Train', ...allow('rekognition:StartProjectVersion') };
    const id = (principal = role('a', [policy('p', [statement])]), more = {}) =>
      compared({ principal, expectation: expecting('nothing', []) }, more)[0]?.id;
    const flat = {
      ...policy('p', [statement]),
      text: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    };
    expect(id(role('a', [flat]))).toBe(id());
    expect(id(role('a', [policy('p', [statement], { versionId: 'v2' })]))).toBe(id());
    expect(id(role('b', [policy('p', [statement])]))).not.toBe(id());
    expect(id(role('a', [policy('q', [statement])]))).not.toBe(id());
    expect(id(undefined, { accountId: '210987654321' })).not.toBe(id());
    expect(id()).toMatch(/^[0-9a-f]{16}$/);
  });
});
