import fc from 'fast-check';

/** One to three of something. */
export const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 1, maxLength: 3 });

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

const known: fc.Arbitrary<Condition> = fc.oneof(
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

/** Random conditions, most of them on keys that IAM knows. */
export const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: known },
  { weight: 1, arbitrary: custom },
);
