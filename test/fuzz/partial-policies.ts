import fc from 'fast-check';
import type { PolicySet, PolicySource, RequestContext } from '#lib/policy/types.ts';

/** Actions that random policies name, one for each shape of resource. */
export const fuzzedActions = [
  'rekognition:DetectFaces',
  'rekognition:DeleteCollection',
  'rekognition:SearchFaces',
  'rekognition:StartProjectVersion',
  'rekognition:TagResource',
] as const;

/** What IAM fixes for the principal of every random policy. */
export const principalFacts: RequestContext = {
  'aws:PrincipalArn': 'arn:aws:iam::123456789012:user/team/alice',
  'aws:PrincipalAccount': '123456789012',
  'aws:PrincipalType': 'User',
  'aws:username': 'alice',
  'aws:PrincipalTag/team': 'shop',
};

const actionPattern = fc.constantFrom(
  '*',
  'rekognition:*',
  'rekognition:Delete*',
  'rekognition:S*',
  'rekognition:*Resource',
  ...fuzzedActions,
);

const regionPart = fc.constantFrom('*', '*', 'us-east-1', 'us-*', 'eu-west-1');
const name = fc.constantFrom(
  '*',
  'payroll-*',
  'pay*',
  '*-prod',
  'payroll-prod',
  'p?yroll-*',
  '${aws:username}-*',
  '${aws:PrincipalTag/team}*',
  "${aws:PrincipalTag/unit, 'none'}",
  '${aws:RequestTag/team}',
  '${*}',
  'a*b*c',
  '*a*',
);
const path = fc.oneof(
  { weight: 5, arbitrary: name.map((text) => `collection/${text}`) },
  { weight: 2, arbitrary: name.map((text) => `project/${text}/version/*`) },
  { weight: 1, arbitrary: name.map((text) => `project/${text}`) },
  { weight: 1, arbitrary: fc.constant('*') },
);
const resourcePattern = fc.oneof(
  { weight: 2, arbitrary: fc.constant('*') },
  {
    weight: 5,
    arbitrary: fc.tuple(regionPart, path).map(([region, rest]) => `arn:aws:rekognition:${region}:*:${rest}`),
  },
  { weight: 1, arbitrary: fc.constant('arn:aws:s3:::bucket/*') },
);

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 1, maxLength: 3 });
const text = fc.constantFrom(
  'shop',
  'Shop',
  'sho',
  'shopping',
  'payroll',
  '${aws:username}',
  '${aws:PrincipalTag/team}',
  '',
);
const like = fc.constantFrom('shop*', '*', '?hop', '*shop', 'S*', 's*p', '${aws:username}*', '*a*');
const ifExists = fc.constantFrom('', '', 'IfExists');
const quantifier = fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:');

type Condition = readonly [operator: string, key: string, values: readonly string[]];

const textTest = (key: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.tuple(
      fc
        .tuple(fc.constantFrom('StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase'), ifExists)
        .map((p) => p.join('')),
      key,
      some(text),
    ),
    fc.tuple(
      fc.tuple(fc.constantFrom('StringLike', 'StringNotLike'), ifExists).map((p) => p.join('')),
      key,
      some(like),
    ),
  );

const condition: fc.Arbitrary<Condition> = fc.oneof(
  textTest(
    fc.constantFrom(
      'aws:RequestTag/team',
      'aws:ResourceTag/team',
      'aws:username',
      'aws:PrincipalTag/team',
      'aws:SourceVpce',
    ),
  ),
  fc
    .tuple(quantifier, textTest(fc.constantFrom('aws:TagKeys')))
    .map(([prefix, [operator, key, values]]): Condition => [prefix + operator, key, values]),
  fc.tuple(
    fc.constantFrom('IpAddress', 'NotIpAddress', 'IpAddressIfExists'),
    fc.constant('aws:SourceIp'),
    some(
      fc.constantFrom('198.51.100.0/24', '198.51.100.128/25', '203.0.113.7', '0.0.0.0/0', '2001:db8::/32'),
    ),
  ),
  fc.tuple(
    fc.constantFrom('Bool', 'BoolIfExists'),
    fc.constantFrom('aws:MultiFactorAuthPresent', 'aws:SecureTransport'),
    fc.constantFrom<string[][]>(['true'], ['false']),
  ),
  fc.tuple(
    fc.constantFrom(
      'NumericLessThan',
      'NumericGreaterThanEquals',
      'NumericEquals',
      'NumericNotEqualsIfExists',
    ),
    fc.constant('aws:MultiFactorAuthAge'),
    some(fc.constantFrom('3600', '60', '3601')),
  ),
  fc.tuple(
    fc.constantFrom('DateLessThan', 'DateGreaterThan', 'DateGreaterThanEquals'),
    fc.constant('aws:CurrentTime'),
    fc.constantFrom('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z').map((date) => [date]),
  ),
  fc.tuple(
    fc.constantFrom('StringEquals', 'StringNotEquals'),
    fc.constant('aws:RequestedRegion'),
    some(fc.constantFrom('us-east-1', 'eu-west-1')),
  ),
  fc.tuple(
    fc.constant('Null'),
    fc.constantFrom(
      'aws:RequestTag/team',
      'aws:SourceIp',
      'aws:MultiFactorAuthPresent',
      'aws:TagKeys',
      'aws:username',
    ),
    fc.constantFrom<string[][]>(['true'], ['false']),
  ),
  fc.tuple(
    fc.constantFrom('ArnLike', 'ArnNotLike', 'ArnEqualsIfExists'),
    fc.constantFrom('aws:PrincipalArn', 'aws:SourceArn'),
    some(fc.constantFrom('arn:aws:iam::123456789012:user/*', 'arn:aws:*:*:*:role/*', 'arn:aws:sns:us-*:*:a')),
  ),
);

const custom: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'NumericLessThanEquals',
      'NumericGreaterThan',
      'StringEquals',
      'StringLike',
      'NumericNotEquals',
    ),
    fc.constant('my:level'),
    some(fc.constantFrom('1', '2', '2.5', '10')),
  ),
  fc.tuple(
    fc.constantFrom('DateEquals', 'DateNotEquals', 'DateLessThanEquals'),
    fc.constantFrom('my:day', 'aws:TokenIssueTime'),
    some(fc.constantFrom('2026-01-01', '2026-01-01T00:00:01Z', '1767225600')),
  ),
  fc.tuple(fc.constant('BinaryEquals'), fc.constant('my:blob'), some(fc.constantFrom('QUJD', 'QUI='))),
  fc.tuple(
    fc.constantFrom('StringNotEqualsIgnoreCase', 'StringNotLikeIfExists', 'StringEqualsIgnoreCase'),
    fc.constant('my:Name'),
    some(fc.constantFrom('Ab', 'aB*', 'b', '${aws:RequestTag/team}')),
  ),
  fc.tuple(
    fc.constantFrom('ForAllValues:StringEquals', 'ForAnyValue:StringLike', 'ForAnyValue:StringNotEquals'),
    fc.constantFrom('aws:CalledVia', 'my:list'),
    some(fc.constantFrom('a', 'b', 'c*')),
  ),
);

const effect = (allow: number) =>
  fc.oneof({ weight: allow, arbitrary: fc.constant('Allow') }, { weight: 1, arbitrary: fc.constant('Deny') });

const principal = fc.constantFrom<unknown>(
  '*',
  { AWS: 'arn:aws:iam::123456789012:user/team/alice' },
  { AWS: '123456789012' },
  { AWS: ['arn:aws:iam::123456789012:role/other', '999999999999'] },
);

const statement = (allow: number, bound: boolean) =>
  fc
    .record({
      effect: effect(allow),
      actions: some(actionPattern),
      notAction: fc.integer({ min: 0, max: 9 }),
      resources: some(resourcePattern),
      notResource: fc.integer({ min: 0, max: 9 }),
      conditions: fc.array(fc.oneof({ weight: 4, arbitrary: condition }, { weight: 1, arbitrary: custom }), {
        maxLength: 2,
      }),
      principal,
    })
    .map((it) => {
      const Condition: Record<string, Record<string, readonly string[]>> = {};
      for (const [operator, key, values] of it.conditions)
        Condition[operator] = { ...Condition[operator], [key]: values };
      return {
        Effect: it.effect,
        ...(bound && { Principal: it.principal }),
        [it.notAction === 0 ? 'NotAction' : 'Action']: it.actions,
        [it.notResource === 0 ? 'NotResource' : 'Resource']: it.resources,
        ...(it.conditions.length > 0 && { Condition }),
      };
    });

const policy = (type: PolicySource['type'], allow = 3): fc.Arbitrary<PolicySource> =>
  fc
    .tuple(
      fc.integer({ min: 0, max: 9 }),
      fc.array(statement(allow, type === 'resource' || type === 'rcp'), { minLength: 1, maxLength: 4 }),
    )
    .map(([old, statements]) => ({
      name: `random-${type}`,
      type,
      text: JSON.stringify({ ...(old > 0 && { Version: '2012-10-17' }), Statement: statements }),
    }));

const allowAll: PolicySource = {
  name: 'allow-all',
  type: 'scp',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  }),
};

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });

/** Random policy sets; boundary, SCPs and session policies are often absent, as in life. */
export const policySet: fc.Arbitrary<PolicySet> = fc
  .record({
    identity: fc.array(policy('inline'), { minLength: 1, maxLength: 2 }),
    boundary: maybe(policy('customer-managed', 6)),
    scp: maybe(policy('scp', 2)),
    session: fc.option(policy('session', 6), { nil: undefined, freq: 2 }),
    resource: fc.option(policy('resource', 2), { nil: undefined, freq: 2 }),
    rcp: fc.option(policy('rcp', 1), { nil: undefined, freq: 2 }),
    bare: fc.boolean(),
  })
  .map(({ identity, boundary, scp, session, resource, rcp, bare }) => ({
    identity: identity.map((one, i) => ({ ...one, name: `${one.name}-${i}` })),
    ...(boundary && !bare && { boundary }),
    ...(scp && { scps: [[allowAll], bare ? [scp] : [allowAll, scp]] }),
    ...(session && !bare && { session: [session] }),
    ...(resource && !bare && { resource }),
    ...(rcp && !bare && { rcps: [[rcp]] }),
  }));

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
