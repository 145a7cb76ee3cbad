import { describe, expect, it, vi } from 'vitest';
import { fuzzSpace } from '../../fuzz/partial.ts';
import { type CompiledSet, PolicyCompiler } from '../../src/compile.ts';
import { decide } from '../../src/evaluate.ts';
import { AtomAnswers } from '../../src/solver/answers.ts';
import { contains, gained, lost } from '../../src/solver/containment.ts';
import { Contrast } from '../../src/solver/contrast.ts';
import type { SearchSpace } from '../../src/solver/space.ts';

const action = 'rekognition:SearchFaces';
const collection = 'arn:aws:rekognition:*:*:collection/';
const compiler = new PolicyCompiler([action], { unreadable: 'keep' });

type Statement = Readonly<Record<string, unknown>>;

const compile = (...statements: Statement[]): CompiledSet =>
  compiler.compileSet({
    identity: [
      {
        name: 'test',
        type: 'inline',
        text: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
      },
    ],
  });
const allow = (Condition: unknown, Resource: string | string[] = '*'): Statement => ({
  Effect: 'Allow',
  Action: action,
  Resource,
  Condition,
});
const on = (...Resource: string[]) => allow({}, Resource);
const deny = (statement: Statement): Statement => ({ ...statement, Effect: 'Deny' });
const free = (...keys: string[]): SearchSpace => ({
  ...fuzzSpace,
  free: new Map(keys.map((key) => [key.toLowerCase(), { key }])),
});

describe('contains', () => {
  const contained: readonly [name: string, expected: Statement[], observed: Statement[]][] = [
    ['the same', [on(`${collection}a*`)], [on(`${collection}a*`)]],
    ['a narrower pattern', [on(`${collection}a*`)], [on(`${collection}ab*`, `${collection}a`)]],
    [
      'a number below a lower one',
      [allow({ NumericLessThan: { 'my:n': '5' } })],
      [allow({ NumericLessThan: { 'my:n': '4.9' } })],
    ],
    [
      'what is denied again',
      [on(`${collection}a`)],
      [on(`${collection}*`), deny({ ...on(), Resource: undefined, NotResource: `${collection}a` })],
    ],
    [
      'the same variable',
      [allow({ StringLike: { 'aws:ResourceTag/t': 'x${aws:RequestTag/t}*' } })],
      [allow({ StringLike: { 'aws:ResourceTag/t': 'x${aws:RequestTag/t}*' } })],
    ],
  ];
  it.each(contained)('proves %s', (_, expected, observed) => {
    expect(contains(compile(...expected), compile(...observed), { action, space: fuzzSpace })).toEqual({
      kind: 'contained',
    });
  });

  it('proves what two ARNs have by a variable with a list of values, each of which is tried', () => {
    const inRegion = (rest: string) => compile(on(`arn:aws:rekognition:\${aws:RequestedRegion}:${rest}`));
    const inHome = (rest: string) => compile(on(`arn:aws:rekognition:\${aws:PrincipalTag/home}:${rest}`));
    const within = (wide: CompiledSet, narrow: CompiledSet, space = fuzzSpace) =>
      contains(wide, narrow, { action, space }).kind;
    expect(within(inRegion('*:*'), inRegion('*:collection/*'))).toBe('contained');
    expect(within(inRegion('*:collection/a*'), inRegion('*:collection/*'))).toBe('witness');
    // Any text could be the tag's: nothing is proved by those that were tried.
    const tagged = free('aws:PrincipalTag/home');
    expect(within(inRegion('*:collection/y'), inHome('*:collection/x'), tagged)).toBe('witness');
    // Nobody can pass the tag.
    expect(within(inRegion('*:collection/y'), inHome('*:collection/x'))).toBe('contained');
    expect(within(inHome('*:*'), inHome('*:collection/*'), tagged)).toBe('unsettled');
  });

  const outside: readonly [name: string, observed: Statement, space?: SearchSpace][] = [
    ['a wider pattern', on(`${collection}*`)],
    ['numbers that floats do not tell apart', allow({ NumericLessThan: { 'my:n': '18014398509481984' } })],
    [
      'a number too small to print',
      allow({ NumericLessThan: { 'my:n': '1e-30' }, NumericGreaterThan: { 'my:m': '0' } }),
    ],
    ['an empty tag', allow({ StringEquals: { 'aws:RequestTag/t': '' } })],
    [
      'a free tag that is a Region',
      allow({ StringEquals: { 'aws:RequestedRegion': '${aws:PrincipalTag/home}' } }),
      free('aws:PrincipalTag/home'),
    ],
    [
      'a free tag in the Region of an ARN',
      on('arn:aws:rekognition:${aws:PrincipalTag/home}:*:collection/*'),
      free('aws:PrincipalTag/home'),
    ],
    [
      'a free tag in the Region of one collection, which people would not think of',
      on('arn:aws:rekognition:${aws:PrincipalTag/home}:*:collection/x'),
      free('aws:PrincipalTag/home'),
    ],
    [
      'free tags in several segments of one ARN',
      on('arn:aws:rekognition:${aws:PrincipalTag/home}:${aws:PrincipalTag/owner}:${aws:PrincipalTag/type}/x'),
      free('aws:PrincipalTag/home', 'aws:PrincipalTag/owner', 'aws:PrincipalTag/type'),
    ],
    ['a free tag that is an ARN', on('${aws:PrincipalTag/arn}'), free('aws:PrincipalTag/arn')],
    ['an address as text', allow({ StringLike: { 'aws:SourceIp': '10.*' } })],
    ['a number with a pattern', allow({ StringLike: { 'aws:MultiFactorAuthAge': '7*' } })],
  ];
  it.each(outside)('shows %s', (_, observed, space = fuzzSpace) => {
    const set = compile(observed);
    const expected = compile(on(`${collection}never`));
    const result = contains(expected, set, { action, space });
    if (result.kind !== 'witness') throw new Error(JSON.stringify(result));
    const { resource, context } = result.request;
    const request = { action, resource, context: { ...context, ...space.known } };
    expect(decide(set, request).decision).toBe('allowed');
    expect(decide(expected, request).decision).not.toBe('allowed');
  });

  it('proves nothing about what it cannot try', () => {
    const observed = compile(
      allow({
        StringLike: { 'my:n': '-*7' },
        NumericGreaterThan: { 'my:n': '-20' },
        NumericLessThan: { 'my:n': '-10' },
      }),
    );
    expect(contains(compile(), observed, { action, space: fuzzSpace }).kind).not.toBe('contained');
  });
});

describe('gained', () => {
  it('is what only the second set allows, and lost the reverse', () => {
    const [before, after] = [compile(on(`${collection}a`)), compile(on(`${collection}a`, `${collection}b`))];
    const comparison = { action, space: fuzzSpace };
    expect(gained(before, after, comparison)).toMatchObject({
      kind: 'witness',
      request: { resource: 'arn:aws:rekognition:us-east-1:123456789012:collection/b' },
    });
    expect(lost(before, after, comparison)).toEqual({ kind: 'none' });
  });

  it('is unsettled where a statement cannot be read', () => {
    const odd = { Effect: 'Allow', Action: 'rekognition:Search Faces', Resource: '*' };
    const comparison = { action, space: fuzzSpace };
    expect(gained(compile(), compile(odd), comparison)).toEqual({
      kind: 'unsettled',
      reason:
        'statement 1 of test (line 1) cannot be read: Action "rekognition:Search Faces" has characters that no action has',
    });
    expect(gained(compile(), compile({ ...odd, Action: 's3:Get Object' }), comparison)).toEqual({
      kind: 'none',
    });
    expect(gained(compile(), compile(odd, on('*')), comparison).kind).toBe('witness');
  });

  it('stops when the time is up', () => {
    const many = Array.from({ length: 40 }, (_, i) => allow({ StringLike: { [`my:k${i}`]: `*a?${i}*` } }));
    const effort = { left: 1_000_000, until: performance.now() - 1 };
    expect(gained(compile(), compile(...many), { action, space: fuzzSpace, effort })).toEqual({
      kind: 'unsettled',
      reason: 'the search was cut off',
    });
  });
});

describe('policies made to be hard', () => {
  it('cost a bounded amount of work, then are unsettled', () => {
    const hard = (count: number, seed: number) =>
      Array.from({ length: count }, (_, i) => {
        const letter = String.fromCharCode(97 + ((i + seed) % 26));
        return `${collection}*${letter}???*${(i * 3 + seed + 10) % 100}*`;
      });
    const observed = compile(on(...hard(60, 0)), deny(on(...hard(30, 60))));
    const effort = { left: 300_000 };
    const started = process.cpuUsage();
    const result = gained(compile(on(...hard(60, 1))), observed, { action, space: fuzzSpace, effort });
    expect(result.kind).not.toBe('none');
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(5);
    expect(effort.left).toBeGreaterThan(-50_000);
  });

  /** What asking for both sides of every condition spends of the effort for a plan, and how often atoms are asked. */
  const spentOn = (condition: (n: number) => object) => {
    const statements = Array.from({ length: 40 }, (_, n) => {
      const statement = allow(condition(n));
      return n % 4 === 3 ? deny(statement) : statement;
    });
    const effort = { left: 1_000_000 };
    const asked = vi.spyOn(AtomAnswers.prototype, 'truth');
    const contrast = new Contrast(
      { observed: compile(...statements), expected: compile() },
      action,
      fuzzSpace,
      effort,
    );
    for (const goal of contrast.boundaries()) contrast.find(goal);
    const times = asked.mock.calls.length;
    asked.mockRestore();
    return { spent: 1_000_000 - effort.left, times };
  };

  it('take more of the effort for what is not remembered: variables in a ring', () => {
    const tag = (n: number) => `aws:RequestTag/t${n % 40}`;
    const { times } = spentOn((n) => ({ StringNotLike: { [tag(n)]: `a*\${${tag(n + 1)}}?` } }));
    expect(times).toBeLessThan(250_000);
  });

  it('take effort for each text of each list that is tried', () => {
    const { spent } = spentOn((n) => ({ 'ForAnyValue:StringLike': { 'aws:TagKeys': [`*q?${n}*`] } }));
    expect(spent).toBeGreaterThan(20_000);
  });
});
