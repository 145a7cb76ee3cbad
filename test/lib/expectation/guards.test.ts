import { describe, expect, it } from 'vitest';
import { actionTable } from '#lib/catalog/actions.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { allowed, expectations, principal } from './fixtures.ts';

describe('guards', () => {
  const file = expectations(`
context: { aws:SourceIp: 198.51.100.7 }
guards:
  mfa: { access-levels: [Write, Tagging], applies-to: users, mfa: true }
  tls: { tls: true }
  office: { actions: ["rekognition:Search*"], source-ip: [198.51.100.0/24, 203.0.113.4] }
  year: { actions: rekognition:DetectText, between: [2026-01-01, 2026-12-31] }
  region: { condition: { StringEquals: { aws:RequestedRegion: [eu-west-1] } }, without: outside Ireland }
principals:
  - { match: user/*, expect: [full-access], guards: [mfa, tls] }
  - { match: role/office, expect: [full-access], guards: [office, year] }
  - { match: role/region, expect: [full-access], guards: [region] }
  - { match: role/free, expect: [full-access], guards: [] }
  - { match: role/any, expect: any }
default: [full-access]
`);
  const guards = (expectation: Expectation) =>
    expectation.kind === 'sets' ? expectation.guards.map(({ name }) => name) : undefined;
  const user = file.expectationFor(principal({ kind: 'user', name: 'bob' }));
  const office = file.expectationFor(principal({ name: 'office' }));

  it('apply to every rule that names none of its own, and for whom they are made', () => {
    expect(guards(user)).toEqual(['mfa', 'tls']);
    expect(guards(office)).toEqual(['office', 'year']);
    expect(guards(file.expectationFor(principal({ name: 'free' })))).toEqual([]);
    expect(guards(file.expectationFor(principal({ name: 'somebody' })))).toEqual([
      'tls',
      'office',
      'year',
      'region',
    ]);
    expect(guards(file.expectationFor(principal({ name: 'any' })))).toBeUndefined();
  });

  it('are told in words', () => {
    const all = file.expectationFor(principal({ name: 'somebody' }));
    expect(all.kind === 'sets' && all.guards.map(({ without }) => without)).toEqual([
      'without TLS',
      'from outside 198.51.100.0/24, 203.0.113.4',
      'outside 2026-01-01…2026-12-31',
      'outside Ireland',
    ]);
  });

  it('allow what they cover under their condition only, and all else', () => {
    const tls = { 'aws:SecureTransport': 'true' };
    const withMfa = allowed(user, { ...tls, 'aws:MultiFactorAuthPresent': 'true' });
    expect(withMfa).toEqual(actionTable);
    expect(allowed(user, { ...tls, 'aws:MultiFactorAuthPresent': 'false' })).toHaveLength(37);
    // Long-term access keys do not carry the key at all.
    expect(allowed(user, tls)).toHaveLength(37);
    expect(allowed(user, tls)).not.toContain('rekognition:TagResource');
    expect(allowed(user, { 'aws:MultiFactorAuthPresent': 'true' })).toEqual([]);
  });

  it.each([
    ['198.51.100.99', '2026-06-01T00:00:00Z', true, true],
    ['203.0.113.4', '2026-12-31T23:59:59Z', true, true],
    ['198.51.100.5', '2026-12-31T23:59:59.999Z', true, true],
    ['203.0.113.5', '2027-01-01T00:00:00Z', false, false],
    ['2001:db8::1', '2025-12-31T23:59:59Z', false, false],
  ])('from %s at %s', (ip, time, search, detect) => {
    const now = allowed(office, { 'aws:SourceIp': ip, 'aws:CurrentTime': time });
    expect(now.includes('rekognition:SearchFaces')).toBe(search);
    expect(now.includes('rekognition:DetectText')).toBe(detect);
    expect(now).toContain('rekognition:DeleteFaces');
  });

  it('do not hold for what a rule lists as unguarded, nor beyond what it allows there', () => {
    const own = expectations(`
guards: { mfa: { mfa: true } }
sets:
  shop:
    - { Effect: Allow, Action: rekognition:SearchFaces, Resource: "arn:aws:rekognition:*:*:collection/shop-*" }
    - { Effect: Deny, Action: rekognition:SearchFaces, Resource: "arn:aws:rekognition:*:*:collection/shop-secret" }
principals:
  - { match: user/a, expect: [full-access], unguarded: [shop] }
`).expectationFor(principal({ kind: 'user', name: 'a' }));
    const context = { 'aws:MultiFactorAuthPresent': 'false' };
    const on = (name: string, more = {}) =>
      allowed(own, { ...context, ...more }, `arn:aws:rekognition:us-east-1:123456789012:collection/${name}`);
    expect(own.label).toBe('full-access + shop');
    expect(on('shop-1')).toEqual(['rekognition:SearchFaces']);
    expect([on('shop-secret'), on('other')]).toEqual([[], []]);
    expect(on('shop-secret', { 'aws:MultiFactorAuthPresent': 'true' })).toHaveLength(75);
  });

  it('of a rule of its own hold for this rule alone, beside those that it names', () => {
    const own = expectations(`
guards: { mfa: { mfa: true }, tls: { tls: true } }
principals:
  - match: user/a
    expect: [full-access]
    guards: [tls, { source-ip: 198.51.100.0/24 }, { condition: { StringEquals: { aws:RequestedRegion: [eu-west-1] } } }]
default: [full-access]
`);
    const a = own.expectationFor(principal({ kind: 'user', name: 'a' }));
    expect(a.kind === 'sets' && a.guards.map(({ without }) => without)).toEqual([
      'without TLS',
      'from outside 198.51.100.0/24',
      'outside eu-west-1',
    ]);
    const office = { 'aws:SourceIp': '198.51.100.7', 'aws:SecureTransport': 'true' };
    expect(allowed(a, { ...office, 'aws:RequestedRegion': 'eu-west-1' })).toEqual(actionTable);
    expect(allowed(a, { ...office, 'aws:RequestedRegion': 'us-east-1' })).toEqual([]);
    const other = own.expectationFor(principal({ kind: 'user', name: 'b' }));
    expect(guards(other)).toEqual(['mfa', 'tls']);
  });
});
