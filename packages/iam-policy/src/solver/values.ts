import type { CompiledTest } from '../condition.ts';
import type { KeyFacts, KeyType } from '../condition-keys.ts';
import type { Comparison } from '../operators.ts';
import { type Glob, isGlob, parseTemplate, resolveTemplate } from '../template.ts';
import type { RequestContext } from '../types.ts';
import { parseDate, parseIp, parseNumber } from '../values.ts';
import { addressesAround, datesAround, numbersAround } from './boundaries.ts';
import type { KeyValue } from './keys.ts';
import {
  anyText,
  classifyTexts,
  literalIgnoringCase,
  matchesPattern,
  patternOf,
  type TextPattern,
  textForm,
} from './texts.ts';

/** A text that no policy means: it is tried before made-up ones, since people will read it. */
const neutral = 'permission-check-none';

const textual = new Set<Comparison>(['equals', 'equalsIgnoreCase', 'like', 'binary', 'arn']);

export interface Candidates {
  readonly values: readonly KeyValue[];
  /** False where a value may be missing that gets other answers than all of these. */
  readonly complete: boolean;
}

/** What the values of one context key are chosen for. */
export interface Demand {
  /** All that depend on the key's value. */
  readonly tests: readonly CompiledTest[];
  readonly facts: KeyFacts;
  /** Values to be tried first. */
  readonly preferred: readonly KeyValue[];
  /** The contexts in which the policy variables of the tests are resolved. */
  readonly contexts: readonly RequestContext[];
  /** Texts that other keys depend on, in whatever case: they stand for themselves only. */
  readonly kept: readonly string[];
  /** Values that the keys beside which this one is compared can have. */
  readonly beside: readonly string[];
  /** The forms of all values that the key can have; absent: any text. */
  readonly forms: readonly TextPattern[] | undefined;
}

/**
 * Values of one context key, such that whatever answers the tests can get together, some value gets them: each
 * value of a policy, what lies just beside it, absence, and texts that some patterns match and others do not.
 */
export function candidateValues(demand: Demand): Candidates {
  const { tests, facts, preferred, contexts, kept, forms } = demand;
  const { values: found, complete: allSingles } = singleValues(demand);
  const fits = (value: string) => forms?.some((form) => matchesPattern(form, value)) ?? true;
  const singles = [...new Set(found)].filter(fits);
  const values: KeyValue[] = preferred.filter((value) => typeof value !== 'string' || fits(value));
  if (facts.multivalued !== true) values.push(...singles);
  let complete = allSingles;
  if (facts.multivalued !== false) {
    const quantified = facts.multivalued || tests.some(({ test }) => test.quantifier !== undefined);
    const nameOf = (value: string) => kept.find((name) => name.toLowerCase() === value.toLowerCase());
    const groups = [undefined, ...kept].map((name) => singles.filter((value) => nameOf(value) === name));
    // Without a quantifier, a list is like any other.
    const chosen = quantified
      ? groups.flatMap((group) => representatives(group, tests, contexts))
      : [neutral];
    const lists = listsOf(chosen);
    values.push(...lists.values);
    complete &&= lists.complete;
  }
  if (!facts.always) values.push(undefined);
  return { values, complete };
}

/** Single values of the types that the tests, or AWS, take the key for. */
function singleValues({ tests, facts, preferred, contexts, kept, beside, forms }: Demand): {
  values: string[];
  complete: boolean;
} {
  const open = facts.type === 'text' || facts.type === 'unknown';
  const types = open ? typesOf(tests) : new Set<KeyType>([facts.type]);
  const values = [...preferred.flatMap((value) => value ?? []), ...kept];
  const isFit = fitOf(facts);
  values.push(...beside.filter(isFit));
  let complete = open ? !overlap(tests) : tests.every((test) => isNative(test, facts.type));
  if (types.has('bool')) values.push('true', 'false');
  if (types.has('number')) {
    const numbers = numbersAround(tests);
    values.push(...numbers.values);
    complete &&= numbers.complete;
  }
  if (types.has('date')) {
    const dates = datesAround(tests);
    values.push(...dates.values);
    complete &&= dates.complete;
  }
  if (types.has('ip')) values.push(...addressesAround(tests));
  if (types.has('text')) {
    const texts = textsFor(tests, contexts, forms ?? [facts.mayBeEmpty ? anyText : nonEmpty]);
    values.push(neutral, ...texts.values, ...(facts.mayBeEmpty ? [''] : []));
    complete &&= texts.complete && (forms === undefined || !hasTyped(types));
  } else {
    values.push(...typedTexts(tests, facts.type, contexts).filter(isFit));
  }
  return { values, complete };
}

/** Which texts a key can have at all; of an address, a number or a date, those that are one. */
function fitOf({ type, mayBeEmpty }: KeyFacts): (value: string) => boolean {
  const parse = parserOf(type);
  if (parse) return (value) => parse(value) !== undefined;
  if (type === 'bool') return (value) => value === 'true' || value === 'false';
  return (value) => mayBeEmpty || value !== '';
}

function hasTyped(types: ReadonlySet<KeyType>): boolean {
  return types.has('number') || types.has('date') || types.has('ip');
}

/** Whether a value may have to be of two types at once: to fit a pattern and be a number of some size. */
function overlap(tests: readonly CompiledTest[]): boolean {
  const has = (...comparisons: Comparison[]) =>
    tests.some(({ operator }) => comparisons.includes(operator.comparison));
  const typed = has('numeric', 'date', 'ip', 'bool');
  return (typed && tests.some(isTextual)) || (has('numeric') && has('date'));
}

/** Whether a test compares values of a type as AWS writes them. */
function isNative({ test, operator: { comparison } }: CompiledTest, type: KeyType): boolean {
  if (comparison === 'null' || type === 'bool') return true;
  if (comparison === 'numeric') return type === 'number' || test.key.toLowerCase() === 'aws:epochtime';
  return comparison === type;
}

function isTextual({ operator }: CompiledTest): boolean {
  return textual.has(operator.comparison);
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

const nonEmpty: TextPattern = [{ chars: { not: '' }, repeat: false }, ...anyText];

/** The values of textual tests as patterns, and as texts. */
function textPatterns(tests: readonly CompiledTest[], contexts: readonly RequestContext[]) {
  const patterns = new Map<string, TextPattern>();
  const note = (pattern: TextPattern) => patterns.set(JSON.stringify(pattern), pattern);
  const exact: string[] = [];
  let complete = true;
  for (const compiled of tests.filter(isTextual)) {
    const { comparison } = compiled.operator;
    const wildcards = comparison === 'like' || comparison === 'arn';
    if (comparison === 'arn') note(anyArn);
    for (const glob of globsOf(compiled, wildcards, contexts)) {
      const text = glob.map((token) => (token.kind === 'text' ? token.text : neutral)).join('');
      exact.push(text);
      if (comparison === 'equalsIgnoreCase') {
        note(literalIgnoringCase(text));
        complete &&= isPlainAscii(text);
      } else note(comparison === 'arn' ? arnPattern(glob) : patternOf(glob));
    }
  }
  return { patterns: [...patterns.values()], exact, complete };
}

/** Letters beyond ASCII may have more than two cases, or one that is longer. */
function isPlainAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function textsFor(
  tests: readonly CompiledTest[],
  contexts: readonly RequestContext[],
  forms: readonly TextPattern[],
): { values: string[]; complete: boolean } {
  const { patterns, exact, complete } = textPatterns(tests, contexts);
  const classes = forms.map((form) => classifyTexts(form, patterns));
  return {
    values: [...exact, ...classes.flatMap(({ texts }) => [...texts.values()])],
    complete: complete && classes.every((one) => one.complete),
  };
}

function parserOf(type: KeyType): ((text: string) => unknown) | undefined {
  if (type === 'ip') return parseIp;
  if (type === 'number') return parseNumber;
  return type === 'date' ? parseDate : undefined;
}

const digits = '0123456789';
const ofDigits = { someOf: digits };
/** Texts that are mostly of a type, to be tried for patterns. */
const typedForms: Partial<Record<KeyType, readonly TextPattern[]>> = {
  ip: [
    textForm([ofDigits, '.', ofDigits, '.', ofDigits, '.', ofDigits]),
    textForm([{ someOf: '0123456789abcdef:' }]),
  ],
  number: [textForm([ofDigits]), textForm([ofDigits, '.', ofDigits])],
  date: [
    textForm([
      '20',
      ofDigits,
      '-0',
      ofDigits,
      '-0',
      ofDigits,
      'T0',
      ofDigits,
      ':0',
      ofDigits,
      ':0',
      ofDigits,
      'Z',
    ]),
  ],
};

/** Values of an address, a number or a date for tests that take it for text; a guess. */
function typedTexts(
  tests: readonly CompiledTest[],
  type: KeyType,
  contexts: readonly RequestContext[],
): string[] {
  const parse = parserOf(type);
  if (!parse || !tests.some(isTextual)) return [];
  const { patterns, exact } = textPatterns(tests, contexts);
  const fitting = (typedForms[type] ?? []).flatMap((form) => [
    ...classifyTexts(form, patterns, 100_000).texts.values(),
  ]);
  return [...exact, ...fitting].filter((value) => parse(value) !== undefined);
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

/** All lists of up to eight representatives; of more, those of one, of two and of all. */
function listsOf(values: readonly string[]): { values: readonly (readonly string[])[]; complete: boolean } {
  if (values.length <= 8) {
    const lists: string[][] = [];
    for (let bits = 1; bits < 1 << values.length; bits++) {
      lists.push(values.filter((_, i) => (bits >> i) & 1));
    }
    return { values: lists.sort((a, b) => a.length - b.length), complete: true };
  }
  const pairs = values.flatMap((a, i) => values.slice(i + 1).map((b) => [a, b]));
  return { values: [...values.map((value) => [value]), ...pairs, [...values]], complete: false };
}
