import { expect, it } from 'vitest';
import { valueProblems } from '../src/value-problems.ts';

it.each([
  ['ArnLike', 'not-an-arn', 'an ARN'],
  ['ArnNotEquals', 'arn:aws:iam::123456789012', 'an ARN'],
  ['ArnLike', 'arn:aws:iam::*:role/*', undefined],
  ['ArnLike', '*', undefined],
  ['ArnEquals', '${aws:SourceArn}', undefined],
  ['BinaryEquals', 'no-binary', 'Base64 text'],
  ['BinaryEquals', 'QmluYXJ5', undefined],
  ['BinaryEquals', 'QQ==', undefined],
  ['BinaryEquals', 'Q===', 'Base64 text'],
  ['NumericEquals', 'NaN', 'a number'],
  ['NumericEquals', '01', undefined],
  ['DateEquals', 'not-a-date', 'a date in ISO 8601'],
  ['IpAddress', 'not-an-ip', 'an IP address or CIDR range'],
  ['Bool', 'yes', 'true or false'],
  ['Null', 'TRUE', undefined],
  ['StringLike', 'anything', undefined],
])('%s with %s', (operator, value, needed) => {
  const problems = valueProblems({ operator, key: 'aws:SourceArn', values: [value], ifExists: false });
  expect(problems).toEqual(needed === undefined ? [] : [{ value, needed }]);
});
