import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { policySetOf } from '../../fuzz/none-case.ts';
import { fuzzSpace } from '../../fuzz/partial.ts';
import { all, not } from '../../prove/formula.ts';
import { layeredPair } from '../../prove/pairs.ts';
import { compare } from '../../prove/prove.ts';
import { satisfies } from '../../prove/satisfies.ts';
import { solve, TextCache } from '../../prove/solve.ts';
import { Translation } from '../../prove/translate.ts';
import { Z3 } from '../../prove/z3.ts';

const action = 'rekognition:DeleteCollection';
const collection = (name: string) => `arn:aws:rekognition:*:*:collection/${name}`;

type Condition = Record<string, Record<string, string | string[]>>;

const allow = (Resource: string, Condition?: Condition) =>
  policySetOf({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource, ...(Condition && { Condition }) }],
  });

let z3: Z3;
beforeAll(async () => {
  z3 = await Z3.start();
});

describe('the prover', () => {
  it.each<[string, Condition, Condition, boolean]>([
    ['a pattern in a wider one', { StringLike: { 'my:a': 'ab*' } }, { StringLike: { 'my:a': 'a*' } }, true],
    ['a wider pattern', { StringLike: { 'my:a': 'a*' } }, { StringLike: { 'my:a': 'ab*' } }, false],
    [
      'any case',
      { StringEqualsIgnoreCase: { 'my:a': 'k' } },
      { StringEquals: { 'my:a': ['k', 'K'] } },
      false,
    ],
    [
      'steps that floating point does not have',
      { NumericLessThan: { 'my:a': '18014398509481985' } },
      { NumericLessThanEquals: { 'my:a': '18014398509481984' } },
      false,
    ],
    [
      'a number as it is written otherwise',
      { NumericEquals: { 'my:a': '1e2' } },
      { NumericEquals: { 'my:a': '100.0' } },
      true,
    ],
    [
      'a date out of the range of a calendar',
      { DateGreaterThan: { 'aws:CurrentTime': '253402300799' } },
      { DateEquals: { 'aws:CurrentTime': '0' } },
      false,
    ],
    [
      'a block in another',
      { IpAddress: { 'aws:SourceIp': '203.0.113.128/25' } },
      { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
      true,
    ],
    [
      'an address of the other family',
      { NotIpAddress: { 'aws:SourceIp': '0.0.0.0/0' } },
      { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } },
      false,
    ],
    [
      'a key that equals a variable',
      { StringEquals: { 'my:a': '${aws:RequestTag/team}', 'aws:RequestTag/team': 'x' } },
      { StringEquals: { 'my:a': 'x' } },
      true,
    ],
    ['a missing key', { StringNotEquals: { 'my:a': 'x' } }, { StringLike: { 'my:a': '*' } }, false],
    [
      'lists',
      {
        'ForAnyValue:StringEquals': { 'aws:CalledVia': 'a' },
        'ForAllValues:StringLike': { 'aws:CalledVia': 'b*' },
      },
      { Null: { 'aws:CalledVia': 'true' } },
      true,
    ],
    [
      'a list, which fails where every text holds',
      { Null: { 'my:a': 'false', 'aws:RequestTag/team': 'true' } },
      { StringNotLikeIfExists: { 'my:a': '${aws:RequestTag/team}' } },
      false,
    ],
    [
      'a key that has no list, where every text holds',
      { Null: { 'aws:SourceVpce': 'false', 'aws:RequestTag/team': 'true' } },
      { StringNotLikeIfExists: { 'aws:SourceVpce': '${aws:RequestTag/team}' } },
      true,
    ],
  ])('knows of %s', (_, left, right, contained) => {
    const [observed, expected] = [allow('*', left), allow('*', right)];
    const translation = new Translation(fuzzSpace, [observed, expected], action);
    const difference = all(translation.allowed(observed), not(translation.allowed(expected)));
    const verdict = solve(difference, translation, z3, new TextCache());
    expect(verdict === 'none').toBe(contained);
    if (typeof verdict === 'object') expect(satisfies(difference, translation, verdict, z3)).toBe(true);
  });

  it('agrees with the search about resources', () => {
    const cache = new TextCache();
    const pair = (left: string, right: string) =>
      compare({ observed: allow(left), expected: allow(right), action, space: fuzzSpace }, z3, cache).kind;
    expect(pair(collection('payroll-*'), collection('pay*'))).toBe('contained');
    expect(pair(collection('pay*'), collection('payroll-*'))).toBe('not contained');
    expect(pair(collection('*'), '*')).toBe('contained');
  });

  it('does not take a request for a witness that is none', () => {
    const observed = allow(collection('a*'));
    const translation = new Translation(fuzzSpace, [observed], action);
    const resource = 'arn:aws:rekognition:us-east-1:123456789012:collection/b';
    const context = { 'aws:RequestedRegion': 'us-east-1' };
    expect(satisfies(translation.allowed(observed), translation, { resource, context }, z3)).toBe(false);
  });

  it('contradicts the search nowhere among random pairs', () => {
    const cache = new TextCache();
    const outcomes = fc.sample(layeredPair, { numRuns: 30, seed: 4 }).map((pair) => compare(pair, z3, cache));
    expect(outcomes.filter(({ kind }) => kind === 'wrong')).toEqual([]);
    const agreed = outcomes.filter(({ kind }) => kind === 'contained' || kind === 'not contained');
    expect(agreed.length).toBeGreaterThan(20);
  });
});
