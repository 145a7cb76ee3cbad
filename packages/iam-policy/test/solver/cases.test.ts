import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzCase } from '../../fuzz/generate.ts';
import { checkPartial, checkPartialOf, fuzzSpace } from '../../fuzz/partial.ts';
import { fuzzedActions, policySet } from '../../fuzz/partial-policies.ts';
import { freeContext, resourceName } from '../../fuzz/partial-requests.ts';
import { PolicyCompiler } from '../../src/compile.ts';
import { type AccessCase, accessOf, casesOf, mayHaveAccess } from '../../src/solver/cases.ts';
import type { SearchSpace } from '../../src/solver/space.ts';
import type { PolicySource } from '../../src/types.ts';

type Statement = Readonly<Record<string, unknown>>;

const compiler = new PolicyCompiler(fuzzedActions);
const action = 'rekognition:SearchFaces';
const collection = 'arn:aws:rekognition:*:*:collection/';

function policy(statements: readonly Statement[]): PolicySource {
  return {
    name: 'test',
    type: 'inline',
    text: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  };
}

const allow = (Resource: string | string[] = '*', Condition?: unknown): Statement => ({
  Effect: 'Allow',
  Action: action,
  Resource,
  ...(Condition ? { Condition } : {}),
});
const deny = (Resource: string | string[] = '*', Condition?: unknown): Statement => ({
  ...allow(Resource, Condition),
  Effect: 'Deny',
});
const mfa = (value: string, operator = 'Bool') => ({ [operator]: { 'aws:MultiFactorAuthPresent': value } });
const from = (range: string) => ({ IpAddress: { 'aws:SourceIp': range } });

/** `collection/a* !collection/ab* IpAddress(198.51.100.0/24) !Bool(true)`. */
function inShort({ like, notLike, tests }: AccessCase): string {
  const short = (pattern: string) => pattern.replace('arn:aws:rekognition:*:*:', '');
  return [
    ...like.map(short),
    ...notLike.map((pattern) => `!${short(pattern)}`),
    ...tests.map(
      ({ test, holds }) =>
        `${holds ? '' : '!'}${test.operator}${test.ifExists ? 'IfExists' : ''}(${test.values.join()})`,
    ),
  ].join(' ');
}

describe('casesOf', () => {
  const table: readonly [
    name: string,
    statements: readonly Statement[],
    cases: readonly string[],
    access: string,
  ][] = [
    ['nothing', [], [], 'none'],
    ['everything', [allow()], [''], 'full'],
    ['every collection', [allow(`${collection}*`)], ['collection/*'], 'full'],
    ['another service', [allow('arn:aws:s3:::bucket/*')], [], 'none'],
    ['a pattern', [allow(`${collection}payroll-*`)], ['collection/payroll-*'], 'conditional'],
    [
      'pattern, address and MFA',
      [allow(`${collection}payroll-*`, { ...from('198.51.100.0/24'), ...mfa('true') })],
      ['collection/payroll-* IpAddress(198.51.100.0/24) Bool(true)'],
      'conditional',
    ],
    [
      'two patterns, one with an exception',
      [allow([`${collection}a*`, `${collection}b`]), deny(`${collection}ab*`)],
      ['collection/b', 'collection/a* !collection/ab*'],
      'conditional',
    ],
    ['denied altogether', [allow(`${collection}a*`), deny(`${collection}*`)], [], 'none'],
    [
      'denied elsewhere',
      [allow(`${collection}a*`), deny(`${collection}b*`)],
      ['collection/a*'],
      'conditional',
    ],
    [
      'denied without MFA',
      [allow(), deny('*', mfa('false', 'BoolIfExists'))],
      ['!BoolIfExists(false)'],
      'conditional',
    ],
    [
      'denied on a resource from outside',
      [allow(), deny(`${collection}a*`, { NotIpAddress: { 'aws:SourceIp': '198.51.100.0/24' } })],
      ['!collection/a*', '!NotIpAddress(198.51.100.0/24)'],
      'conditional',
    ],
    [
      'a condition that cannot be',
      [allow('*', { ...mfa('true'), Null: { 'aws:MultiFactorAuthPresent': 'true' } })],
      [],
      'none',
    ],
    [
      'what the principal is',
      [allow('*', { StringEquals: { 'aws:PrincipalTag/team': 'shop' } })],
      [''],
      'full',
    ],
    [
      'what the principal is not',
      [allow('*', { StringEquals: { 'aws:PrincipalTag/team': 'x' } })],
      [],
      'none',
    ],
    ['what the principal lacks', [allow('*', { StringLike: { 'aws:PrincipalTag/unit': '*' } })], [], 'none'],
    [
      'a variable that is known',
      [allow(`${collection}\${aws:username}-*`)],
      ['collection/${aws:username}-*'],
      'conditional',
    ],
    [
      'a variable that is not',
      [allow('*', { StringEquals: { 'aws:ResourceTag/team': '${aws:RequestTag/team}' } })],
      ['StringEquals(${aws:RequestTag/team})'],
      'conditional',
    ],
    [
      'either of two ways, always',
      [allow('*', mfa('true')), allow('*', mfa('false', 'BoolIfExists'))],
      ['Bool(true)', 'BoolIfExists(false)'],
      'full',
    ],
  ];

  it.each(table)('%s', (_, statements, cases, access) => {
    const set = compiler.compileSet({ identity: [policy(statements)] });
    const found = casesOf(set, action, fuzzSpace);
    expect(found.complete).toBe(true);
    expect(found.cases.map((one) => inShort(one))).toEqual(cases);
    expect(accessOf(set, action, fuzzSpace)).toBe(access);
    if (access !== 'none') expect(mayHaveAccess(set, [action])).toBe(true);
  });

  it('joins the layers', () => {
    const set = compiler.compileSet({
      identity: [policy([allow(`${collection}a*`)])],
      boundary: policy([allow('*', mfa('true'))]),
      scps: [[policy([allow()])], [policy([allow('*', from('198.51.100.0/24'))])]],
    });
    const { cases } = casesOf(set, action, fuzzSpace);
    expect(cases.map((one) => inShort(one))).toEqual(['collection/a* IpAddress(198.51.100.0/24) Bool(true)']);
    expect(cases[0]?.keys).toEqual(['aws:SourceIp', 'aws:MultiFactorAuthPresent']);
  });

  it('takes a context key that is known for what it is', () => {
    const set = compiler.compileSet({ identity: [policy([allow('*', mfa('true'))])] });
    const space = (value: string): SearchSpace => ({
      ...fuzzSpace,
      known: { 'aws:multifactorauthpresent': value },
    });
    expect(accessOf(set, action, space('true'))).toBe('full');
    expect(accessOf(set, action, space('false'))).toBe('none');
  });

  it('looks at one resource only, when there is one', () => {
    const set = compiler.compileSet({ identity: [policy([allow(`${collection}a*`)])] });
    const on = (resource: string) => accessOf(set, action, { ...fuzzSpace, resource });
    expect(on('arn:aws:rekognition:us-east-1:123456789012:collection/ab')).toBe('full');
    expect(on('arn:aws:rekognition:us-east-1:123456789012:collection/b')).toBe('none');
    expect(on('*')).toBe('none');
  });

  it('lists nothing when there are too many cases, and says so', () => {
    const many = Array.from({ length: 10 }, (_, i) =>
      deny('*', { StringEquals: { [`my:key${i}`]: 'x', [`my:other${i}`]: 'x' } }),
    );
    const set = compiler.compileSet({ identity: [policy([allow(), ...many])] });
    expect(casesOf(set, action, fuzzSpace)).toEqual({ cases: [], complete: false });
    expect(accessOf(set, action, fuzzSpace)).toBe('conditional');
  });
});

describe('partial evaluation of random policies', () => {
  it('opens every door that it names, and knows of every door', () => {
    const tally = { cases: 0, requests: 0, incomplete: 0, gaveUp: 0 };
    const input = fc.record({
      set: policySet,
      action: fc.constantFrom(...fuzzedActions),
      requests: fc.array(fc.record({ name: resourceName, context: freeContext }), {
        minLength: 40,
        maxLength: 40,
      }),
    });
    fc.assert(
      fc.property(input, (one) => checkPartial(one, tally)),
      { seed: 20261124, numRuns: 300 },
    );
    expect(tally.cases).toBeGreaterThan(200);
    expect(tally.requests).toBeGreaterThan(5000);
  });

  it('does so for every operator, with every odd value', () => {
    const tally = { cases: 0, requests: 0, incomplete: 0, gaveUp: 0 };
    fc.assert(
      fc.property(fuzzCase, (one) => checkPartialOf(one, tally)),
      { seed: 20261124, numRuns: 1500 },
    );
    expect(tally.cases).toBeGreaterThan(500);
    expect(tally.gaveUp).toBeLessThan(20);
  });
});
