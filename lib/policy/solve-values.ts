import type { CompiledTest } from './condition.ts';
import { anyText, classifyTexts, literalIgnoringCase, patternOf, type TextPattern } from './glob-solver.ts';
import type { KeyFacts, KeyType, KeyValue } from './solve-keys.ts';
import { type Glob, isGlob, parseTemplate, resolveTemplate } from './template.ts';
import type { RequestContext } from './types.ts';
import { type IpRange, parseDate, parseIpRange, parseNumber } from './values.ts';

/** A text that no policy means: it is tried before made-up ones, since people will read it. */
const neutral = 'permission-check-none';

export interface Candidates {
  readonly values: readonly KeyValue[];
  readonly complete: boolean;
}

/**
 * Values of one context key, such that whatever answers the tests can get together, some value gets them: each
 * value of a policy, what lies just beside it, absence, and texts that some patterns match and others do not.
 * `contexts`: those in which the policy variables of the tests are resolved. `kept`: texts that must be among them.
 */
export function candidateValues(
  tests: readonly CompiledTest[],
  facts: KeyFacts,
  preferred: readonly KeyValue[],
  contexts: readonly RequestContext[],
  kept: readonly string[] = [],
): Candidates {
  const types = facts.type === 'unknown' ? typesOf(tests) : new Set<KeyType>([facts.type]);
  const found: string[] = [...preferred.flatMap((value) => value ?? []), ...kept];
  let complete = true;
  if (types.has('bool')) found.push('true', 'false');
  if (types.has('number')) found.push(...around(numbersOf(tests), 1, decimal));
  if (types.has('date')) found.push(...around(datesOf(tests), 1000, isoDate));
  if (types.has('ip')) found.push(...addressesAround(rangesOf(tests)));
  if (types.has('text')) {
    const texts = textsFor(tests, contexts);
    found.push(neutral, ...texts.values);
    complete = texts.complete;
  }
  const singles = [...new Set(found)];
  const values: KeyValue[] = [...preferred];
  if (facts.multivalued !== true) values.push(...singles);
  const quantified = tests.some(({ test }) => test.quantifier !== undefined);
  if (facts.multivalued === true || (facts.multivalued === undefined && quantified)) {
    const lists = listsOf([...new Set([...representatives(singles, tests, contexts), ...kept])]);
    values.push(...lists.values);
    complete &&= lists.complete;
  }
  if (!facts.always) values.push(undefined);
  return { values, complete };
}

function typesOf(tests: readonly CompiledTest[]): Set<KeyType> {
  const types = new Set<KeyType>(['text']);
  for (const { operator } of tests) {
    const { comparison } = operator;
    if (comparison === 'numeric') types.add('number');
    else if (comparison === 'date' || comparison === 'ip' || comparison === 'bool') types.add(comparison);
  }
  return types;
}

/** The values of a test with their variables resolved in each context, under either reading of `${`. */
function globsOf({ test }: CompiledTest, wildcards: boolean, contexts: readonly RequestContext[]): Glob[] {
  return test.values.flatMap((text) => {
    const template = parseTemplate(text, '2012-10-17', wildcards);
    if (isGlob(template) && !text.includes('${')) return [template];
    const plain = parseTemplate(text, '2008-10-17', wildcards);
    const resolved = contexts.map((context) => resolveTemplate(template, context));
    return [...resolved, isGlob(plain) ? plain : undefined].filter((glob) => glob !== undefined);
  });
}

/** The wildcards of the first five segments of an ARN do not cross a colon. */
function arnPattern(glob: Glob): TextPattern {
  let colons = 0;
  return patternOf(
    glob.map((token) => {
      if (token.kind !== 'text') return { ...token, withinSegment: colons < 5 };
      colons += token.text.split(':').length - 1;
      return token;
    }),
  );
}

const anyArn = arnPattern(
  ['', ':', ':', ':', ':', ':'].flatMap((colon) => [
    { kind: 'text', text: colon },
    { kind: 'any', withinSegment: true },
  ]),
);

function textsFor(
  tests: readonly CompiledTest[],
  contexts: readonly RequestContext[],
): { values: string[]; complete: boolean } {
  const patterns = new Map<string, TextPattern>();
  const note = (pattern: TextPattern) => patterns.set(JSON.stringify(pattern), pattern);
  const exact: string[] = [];
  for (const compiled of tests) {
    const { comparison } = compiled.operator;
    if (!['equals', 'equalsIgnoreCase', 'like', 'binary', 'arn'].includes(comparison)) continue;
    const wildcards = comparison === 'like' || comparison === 'arn';
    if (comparison === 'arn') note(anyArn);
    for (const glob of globsOf(compiled, wildcards, contexts)) {
      const text = glob.map((token) => (token.kind === 'text' ? token.text : neutral)).join('');
      exact.push(text);
      if (comparison === 'equalsIgnoreCase') note(literalIgnoringCase(text));
      else note(comparison === 'arn' ? arnPattern(glob) : patternOf(glob));
    }
  }
  const nonEmpty: TextPattern = [{ chars: { not: '' }, repeat: false }, ...anyText];
  const classes = classifyTexts(nonEmpty, [...patterns.values()]);
  return { values: [...exact, ...classes.texts.values()], complete: classes.complete };
}

function numbersOf(tests: readonly CompiledTest[]): number[] {
  const numeric = tests.filter(({ operator }) => operator.comparison === 'numeric');
  return numeric.flatMap(({ test }) => test.values.flatMap((value) => parseNumber(value) ?? []));
}

function datesOf(tests: readonly CompiledTest[]): number[] {
  const dated = tests.filter(({ operator }) => operator.comparison === 'date');
  const epochs = tests.filter(
    ({ operator, test }) => operator.comparison === 'numeric' && /time$/i.test(test.key),
  );
  return [
    ...dated.flatMap(({ test }) => test.values.flatMap((value) => parseDate(value) ?? [])),
    ...numbersOf(epochs).map((seconds) => seconds * 1000),
  ];
}

/** The numbers, one below and above all, and one between any two neighbours. */
function around(
  numbers: readonly number[],
  step: number,
  write: (value: number) => string | undefined,
): string[] {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const [first] = sorted;
  if (first === undefined) return [];
  const points = sorted.flatMap((value, i) => {
    const next = sorted[i + 1];
    if (next === undefined) return [value, value + step];
    return [value, value + step < next ? value + step : (value + next) / 2];
  });
  return [first - step, ...points].flatMap((value) => write(value) ?? []);
}

function decimal(value: number): string {
  const text = String(value);
  return parseNumber(text) === undefined ? value.toFixed(10) : text;
}

function isoDate(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return undefined;
  const text = date.toISOString().replace('.000Z', 'Z');
  return parseDate(text) === milliseconds ? text : undefined;
}

function rangesOf(tests: readonly CompiledTest[]): IpRange[] {
  const addressed = tests.filter(({ operator }) => operator.comparison === 'ip');
  return addressed.flatMap(({ test }) => test.values.flatMap((value) => parseIpRange(value) ?? []));
}

/** Addresses that documentation may use, then those that bound the ranges: CIDR blocks are nested or disjoint. */
function addressesAround(ranges: readonly IpRange[]): string[] {
  const inside: string[] = [];
  const edges: string[] = [];
  for (const { bytes, prefix } of ranges) {
    const size = bytes.length * 8;
    const host = BigInt(size - prefix);
    const all = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const first = (all >> host) << host;
    const last = first + (1n << host) - 1n;
    if (host > 1n) inside.push(...address(first + 1n, size));
    inside.push(...address(first, size), ...address(last, size));
    edges.push(...address(last + 1n, size), ...address(first - 1n, size));
  }
  return [...inside, '203.0.113.10', '198.51.100.10', '192.0.2.10', ...edges, '2001:db8::1'];
}

function address(value: bigint, size: number): string[] {
  if (value < 0n || value >= 1n << BigInt(size)) return [];
  const width = size === 32 ? 8 : 16;
  const parts: bigint[] = [];
  for (let shift = size - width; shift >= 0; shift -= width) {
    parts.push((value >> BigInt(shift)) & ((1n << BigInt(width)) - 1n));
  }
  return [size === 32 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':')];
}

/** One of the texts for each way in which the tests treat a single value. */
function representatives(
  singles: readonly string[],
  tests: readonly CompiledTest[],
  contexts: readonly RequestContext[],
): string[] {
  const found = new Map<string, string>();
  for (const value of singles) {
    const answers = tests
      .flatMap((test) => contexts.map((context) => (test.holdsFor(value, context) ? '1' : '0')))
      .join('');
    if (!found.has(answers)) found.set(answers, value);
  }
  return [...found.values()];
}

/** All lists of up to six representatives; of more, those of one, of two and of all. */
function listsOf(values: readonly string[]): { values: readonly (readonly string[])[]; complete: boolean } {
  if (values.length <= 6) {
    const lists: string[][] = [];
    for (let bits = 1; bits < 1 << values.length; bits++) {
      lists.push(values.filter((_, i) => (bits >> i) & 1));
    }
    return { values: lists.sort((a, b) => a.length - b.length), complete: true };
  }
  const pairs = values.flatMap((a, i) => values.slice(i + 1).map((b) => [a, b]));
  return { values: [...values.map((value) => [value]), ...pairs, [...values]], complete: false };
}
