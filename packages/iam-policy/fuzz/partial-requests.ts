import fc from 'fast-check';
import type { RequestContext } from '../src/types.ts';

/** What IAM fixes for the principal of every random policy. */
export const principalFacts: RequestContext = {
  'aws:PrincipalArn': 'arn:aws:iam::123456789012:user/team/alice',
  'aws:PrincipalAccount': '123456789012',
  'aws:PrincipalType': 'User',
  'aws:username': 'alice',
  'aws:PrincipalTag/team': 'shop',
};

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });

const value = fc.constantFrom(
  'shop',
  'Shop',
  'sho',
  'shopping',
  'payroll',
  'alice',
  'alicex',
  'workshop',
  'other',
  'a',
);

/** Random values of the free keys, often just inside or just outside what policies say. */
export const freeContext: fc.Arbitrary<RequestContext> = fc
  .record({
    'aws:RequestTag/team': optional(value),
    'aws:ResourceTag/team': optional(value),
    'aws:SourceVpce': fc.option(value, { nil: undefined, freq: 1 }),
    'aws:TagKeys': optional(
      fc.uniqueArray(fc.oneof(value, fc.constant('team')), { minLength: 1, maxLength: 3 }),
    ),
    'aws:SourceIp': optional(
      fc.constantFrom(
        '198.51.100.1',
        '198.51.100.200',
        '203.0.113.7',
        '203.0.113.8',
        '192.0.2.1',
        '2001:db8::5',
        '2001:db9::1',
      ),
    ),
    'aws:MultiFactorAuthPresent': optional(fc.constantFrom('true', 'false')),
    'aws:SecureTransport': fc.constantFrom('true', 'true', 'false'),
    'aws:MultiFactorAuthAge': optional(
      fc.constantFrom('0', '59', '60', '61', '3599', '3600', '3601', '9999'),
    ),
    'aws:CurrentTime': fc.constantFrom(
      '2025-12-31T23:59:59Z',
      '2026-01-01T00:00:00Z',
      '2026-06-01T00:00:00Z',
      '2027-01-01T00:00:00Z',
      '2027-01-01T00:00:01Z',
    ),
    'aws:RequestedRegion': fc.constantFrom('us-east-1', 'eu-west-1', 'us-west-2'),
    'my:level': optional(fc.constantFrom('0', '1', '1.5', '2', '2.5', '3', '10', '11', 'x')),
    'my:day': optional(
      fc.constantFrom('2025-12-31', '2026-01-01', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'),
    ),
    'aws:TokenIssueTime': optional(
      fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-02-01T00:00:00Z'),
    ),
    'my:blob': optional(fc.constantFrom('QUJD', 'QUI=', 'WA==')),
    'my:Name': optional(fc.constantFrom('ab', 'Ab', 'AB', 'aBc', 'B', 'b', 'x', 'shop')),
    'aws:CalledVia': optional(
      fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'cd', 'x'), { minLength: 1, maxLength: 3 }),
    ),
    'my:list': optional(
      fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'cd', 'x'), { minLength: 1, maxLength: 3 }),
    ),
    'aws:SourceArn': optional(
      fc.constantFrom('arn:aws:iam::1:role/x', 'arn:aws:sns:us-east-1:1:a', 'arn:aws:sns:eu-west-1:1:a', 'x'),
    ),
  })
  .map((values) => {
    const context: Record<string, string | readonly string[]> = {};
    for (const [key, value] of Object.entries(values)) if (value !== undefined) context[key] = value;
    return plausible(context);
  });

/** Corrects what no request can have together: tags and their keys, endpoint and address, MFA and its age. */
function plausible({
  'aws:TagKeys': tagKeys,
  ...context
}: Record<string, string | readonly string[]>): RequestContext {
  const tagged = context['aws:RequestTag/team'] !== undefined;
  const others = typeof tagKeys === 'object' ? tagKeys.filter((key) => key !== 'team') : [];
  const keys = tagged ? [...others, 'team'] : others;
  if (context['aws:SourceVpce'] !== undefined) delete context['aws:SourceIp'];
  if (context['aws:MultiFactorAuthPresent'] !== 'true') delete context['aws:MultiFactorAuthAge'];
  return keys.length > 0 ? { ...context, 'aws:TagKeys': keys } : context;
}

/** Names that resources of random requests have. */
export const resourceName = fc.oneof(
  fc.constantFrom(
    'payroll-prod',
    'payroll-',
    'payroll-x',
    'pay',
    'pbyroll-1',
    'alice-1',
    'alice',
    'shop',
    'shopping',
    'none',
    'abc',
    'x-prod',
    'a',
    'z',
  ),
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'p', '-'), minLength: 1, maxLength: 6 }),
);
