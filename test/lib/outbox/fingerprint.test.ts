import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { attributesOf, fingerprintOf, isSameAttributes, withAttributes } from '#lib/outbox/fingerprint.ts';

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

describe('what rules go by', () => {
  const arn = 'arn:aws:iam::123456789012:policy/team/vision';
  const attached = { name: 'vision', type: 'customer-managed', arn, text: '{}' } as const;
  const user: Principal = {
    ...principal,
    kind: 'user',
    arn: 'arn:aws:iam::123456789012:user/ops/ann',
    name: 'ann',
    path: '/ops/',
    groups: ['b', 'a'],
    policies: [attached, { ...attached, group: 'a' }],
  };

  it('is remembered so that the rules can be asked again', () => {
    const now = { ...user, arn: 'arn:aws:iam::123456789012:user/anna', name: 'anna', path: '/', tags: {} };
    const former = withAttributes({ ...now, groups: [], policies: [] }, attributesOf(user));
    expect(former).toMatchObject({ arn: user.arn, name: 'ann', path: '/ops/', tags: user.tags });
    expect(former && attributesOf(former)).toBe(attributesOf(user));
  });

  it('of an earlier version is a hash, which says whether it is the same', () => {
    const hash = '963bc25c3741fa5b2054c2c104cd2759';
    expect(isSameAttributes(hash, attributesOf(user))).toBe(true);
    expect(isSameAttributes(hash, attributesOf({ ...user, tags: {} }))).toBe(false);
    expect(withAttributes(user, hash)).toBeUndefined();
  });
});
