import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { fingerprintOf } from '#lib/outbox/fingerprint.ts';

const principal: Principal = {
  kind: 'role',
  arn: 'arn:aws:iam::123456789012:role/analyst',
  name: 'analyst',
  path: '/',
  id: 'AROAEXAMPLE',
  tags: { team: 'shop', stage: 'prod' },
  groups: [],
  policies: [
    { name: 'a', type: 'inline', text: '{"a":1}' },
    { name: 'b', type: 'inline', text: '{"b":1}' },
  ],
  unreadable: [],
  serviceLinked: false,
};
const expectation: Expectation = { kind: 'sets', label: 'nothing', policies: [], guards: [] };
const base = fingerprintOf(principal, expectation);

describe('fingerprintOf', () => {
  it('does not depend on an order that means nothing', () => {
    const shuffled = {
      ...principal,
      policies: principal.policies.toReversed(),
      tags: { stage: 'prod', team: 'shop' },
    };
    expect(fingerprintOf(shuffled, expectation)).toBe(base);
  });

  it.each<[string, Partial<Principal>]>([
    ['a policy text', { policies: [{ name: 'a', type: 'inline', text: '{"a":2}' }] }],
    ['a boundary', { boundary: { name: 'c', type: 'customer-managed', text: '{}' } }],
    ['a tag', { tags: { team: 'other' } }],
  ])('changes with %s', (_, change) => {
    expect(fingerprintOf({ ...principal, ...change }, expectation)).not.toBe(base);
  });

  it('changes with what is expected', () => {
    expect(fingerprintOf(principal, { ...expectation, label: 'full-access' })).not.toBe(base);
  });
});
