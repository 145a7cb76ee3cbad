import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/events/json.ts';
import { compilePattern } from '../../src/events/pattern.ts';

const event: Json = {
  version: '0',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '123456789012',
  region: 'us-west-1',
  resources: [
    'arn:aws:ec2:us-west-1:123456789012:instance/i-1',
    'arn:aws:ec2:us-west-1:123456789012:instance/i-2',
  ],
  detail: {
    state: 'running',
    count: 5,
    limit: 301.8,
    flag: true,
    nothing: null,
    empty: '',
    file: 'logs/2026/picture.PNG',
    star: 'a*b',
    'source-ip': '10.0.0.123',
    v6: '2001:db8::1',
    nested: { name: 'Alice' },
    people: [
      { name: 'ann', role: 'admin' },
      { name: 'bob', role: 'guest' },
    ],
  },
};
const detail = (pattern: Json): Json => ({ detail: pattern });

/** The comparison operators of the EventBridge guide, each matched and missed. */
const cases: [why: string, pattern: Json, matches: boolean][] = [
  ['a value of the list', { source: ['aws.s3', 'aws.ec2'] }, true],
  ['no value of the list', { source: ['aws.s3'] }, false],
  ['case counts', { source: ['AWS.EC2'] }, false],
  ['every field must match', { source: ['aws.ec2'], region: ['us-east-1'] }, false],
  ['one element of an array', { resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-2'] }, true],
  ['no element of an array', { resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-3'] }, false],
  ['a nested field', detail({ nested: { name: ['Alice'] } }), true],
  ['a number', detail({ count: [5] }), true],
  ['a number is not its text', detail({ count: ['5'] }), false],
  ['true', detail({ flag: [true] }), true],
  ['null', detail({ nothing: [null] }), true],
  ['null is not a missing field', detail({ missing: [null] }), false],
  ['empty text', detail({ empty: [''] }), true],
  ['prefix', { region: [{ prefix: 'us-' }] }, true],
  ['prefix missed', { region: [{ prefix: 'eu-' }] }, false],
  ['prefix without case', { region: [{ prefix: { 'equals-ignore-case': 'US-' } }] }, true],
  ['suffix', detail({ file: [{ suffix: '.PNG' }] }), true],
  ['suffix missed', detail({ file: [{ suffix: '.png' }] }), false],
  ['suffix without case', detail({ file: [{ suffix: { 'equals-ignore-case': '.png' } }] }), true],
  ['equals-ignore-case', detail({ nested: { name: [{ 'equals-ignore-case': 'alice' }] } }), true],
  ['anything-but', detail({ state: [{ 'anything-but': 'stopped' }] }), true],
  ['anything-but missed', detail({ state: [{ 'anything-but': ['stopped', 'running'] }] }), false],
  ['anything-but a number', detail({ count: [{ 'anything-but': [100, 5] }] }), false],
  ['anything-but a prefix', detail({ state: [{ 'anything-but': { prefix: 'init' } }] }), true],
  ['anything-but a prefix missed', detail({ state: [{ 'anything-but': { prefix: 'run' } }] }), false],
  ['anything-but suffixes', detail({ file: [{ 'anything-but': { suffix: ['.jpg', '.PNG'] } }] }), false],
  ['anything-but a wildcard', detail({ file: [{ 'anything-but': { wildcard: '*/lib/*' } }] }), true],
  [
    'anything-but without case',
    detail({ state: [{ 'anything-but': { 'equals-ignore-case': ['RUNNING'] } }] }),
    false,
  ],
  ['anything-but needs the field', detail({ missing: [{ 'anything-but': 'x' }] }), false],
  ['numeric', detail({ count: [{ numeric: ['>', 0, '<=', 5] }] }), true],
  ['numeric missed', detail({ count: [{ numeric: ['<', 5] }] }), false],
  ['numeric equal', detail({ limit: [{ numeric: ['=', 301.8] }] }), true],
  ['numeric of text', detail({ state: [{ numeric: ['>', 0] }] }), false],
  ['exists', detail({ state: [{ exists: true }] }), true],
  ['exists missed', detail({ missing: [{ exists: true }] }), false],
  ['exists not', detail({ missing: [{ exists: false }] }), true],
  ['exists not missed', detail({ state: [{ exists: false }] }), false],
  ['exists of null', detail({ nothing: [{ exists: true }] }), true],
  ['exists looks at leaves only', detail({ nested: [{ exists: true }] }), false],
  ['exists not below a missing object', detail({ a: { b: [{ exists: false }] } }), true],
  ['exists not, or a value', detail({ state: [{ exists: false }, 'running'] }), true],
  ['wildcard', detail({ file: [{ wildcard: 'logs/*/picture.*' }] }), true],
  ['wildcard missed', detail({ file: [{ wildcard: 'lib/*' }] }), false],
  ['wildcard in the middle of nothing', detail({ file: [{ wildcard: 'logs*/2026/*' }] }), true],
  ['wildcard escaped', detail({ star: [{ wildcard: 'a\\*b' }] }), true],
  ['wildcard escaped missed', detail({ state: [{ wildcard: 'r\\*g' }] }), false],
  ['cidr', detail({ 'source-ip': [{ cidr: '10.0.0.0/24' }] }), true],
  ['cidr missed', detail({ 'source-ip': [{ cidr: '10.0.1.0/24' }] }), false],
  ['cidr of IPv6', detail({ v6: [{ cidr: '2001:db8::/32' }] }), true],
  ['$or', { $or: [{ source: ['aws.s3'] }, { detail: { count: [{ numeric: ['=', 5] }] } }] }, true],
  ['$or missed', { $or: [{ source: ['aws.s3'] }, { region: ['x'] }] }, false],
  ['$or beside a field', { source: ['aws.s3'], $or: [{ region: ['us-west-1'] }, { region: ['x'] }] }, false],
  ['$or inside', detail({ $or: [{ state: ['stopped'] }, { count: [5] }] }), true],
  ['one object of an array', detail({ people: { name: ['ann'], role: ['admin'] } }), true],
  ['fields of different objects', detail({ people: { name: ['ann'], role: ['guest'] } }), false],
];

it.each(cases)('%s', (_, pattern, matches) => {
  expect(compilePattern(pattern)(event)).toBe(matches);
});

describe('refuses', () => {
  it.each<[Json, string]>([
    ['text', 'Filter is not an object'],
    [{}, 'Empty objects are not allowed'],
    [{ source: 'aws.ec2' }, '"source" must be an object or an array at source'],
    [{ source: [] }, 'Empty arrays are not allowed at source'],
    [{ detail: { a: [['x']] } }, 'Arrays in arrays are not allowed at detail.a'],
    [{ a: [{ like: 'x' }] }, 'Unrecognized match type like'],
    [{ a: [{ prefix: 1 }] }, 'prefix match pattern must be a string'],
    [{ a: [{ exists: 'yes' }] }, 'exists takes true or false'],
    [{ a: [{ numeric: ['>'] }] }, 'numeric takes an operator and a number'],
    [{ a: [{ numeric: ['!', 1] }] }, 'Unrecognized numeric range operator: !'],
    [{ a: [{ numeric: ['>', 'x'] }] }, 'must be a number'],
    [{ a: [{ 'anything-but': [] }] }, 'anything-but takes texts or numbers'],
    [{ a: [{ 'anything-but': { exists: true } }] }, 'Unsupported anything-but pattern exists'],
    [{ a: [{ wildcard: 'a**b' }] }, 'Consecutive wildcard characters'],
    [{ a: [{ wildcard: 'a\\b' }] }, 'Invalid escape character'],
    [{ a: [{ cidr: '10.0.0.0' }] }, 'Malformed CIDR'],
    [{ $or: [{ a: ['x'] }] }, '$or needs at least two patterns'],
  ])('%j', (pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });
});
