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
} from './texts.ts';

/** A text that no policy means: it is tried before made-up ones, since people will read it. */
const neutral = 'permission-check-none';

const textual = new Set<Comparison>(['equals', 'equalsIgnoreCase', 'like', 'binary', 'arn']);

export interface Candidates {
  readonly values: readonly KeyValue[];
  readonly complete: boolean;
}

/**
 * Values of one context key, such that whatever answers the tests can get together, some value gets them: each
 * value of a policy, what lies just beside it, absence, and texts that some patterns match and others do not.
 * `contexts`: those in which the policy variables of the tests are resolved. `kept`: texts that others depend on,
 * in whatever case: they stand for themselves only. `forms`: those of all values that the key can have.
 */
export function candidateValues(
  tests: readonly CompiledTest[],
  facts: KeyFacts,
  preferred: readonly KeyValue[],
  contexts: readonly RequestContext[],
  kept: readonly string[] = [],
  forms?: readonly TextPattern[],
): Candidates {
  const open = facts.type === 'text' || facts.type === 'unknown';
  const types = open ? typesOf(tests) : new Set<KeyType>([facts.type]);
  const found: string[] = [...preferred.flatMap((value) => value ?? []), ...kept];
  let complete = true;
  if (types.has('bool')) found.push('true', 'false');
  if (types.has('number')) found.push(...numbersAround(tests, false).values);
  if (types.has('date')) found.push(...datesAround(tests, false).values);
  if (types.has('ip')) found.push(...addressesAround(tests));
  if (types.has('text')) {
    const texts = textsFor(tests, contexts, forms);
    found.push(neutral, ...texts.values);
    complete = texts.complete;
  } else {
    const texts = typedTexts(tests, facts.type, contexts);
    found.push(...texts.values);
    complete = texts.complete;
  }
  const fits = (value: string) => forms?.some((form) => matchesPattern(form, value)) ?? true;
  const singles = [...new Set(found)].filter(fits);
  const values: KeyValue[] = preferred.filter((value) => typeof value !== 'string' || fits(value));
  if (facts.multivalued !== true) values.push(...singles);
  const quantified = tests.some(({ test }) => test.quantifier !== undefined);
  if (facts.multivalued === true || (facts.multivalued === undefined && quantified)) {
    const nameOf = (value: string) => kept.find((name) => name.toLowerCase() === value.toLowerCase());
    const groups = [undefined, ...kept].map((name) => singles.filter((value) => nameOf(value) === name));
    const lists = listsOf(groups.flatMap((group) => representatives(group, tests, contexts)));
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

const nonEmpty: TextPattern = [{ chars: { not: '' }, repeat: false }, ...anyText];

function textsFor(
  tests: readonly CompiledTest[],
  contexts: readonly RequestContext[],
  forms: readonly TextPattern[] = [nonEmpty],
): { values: string[]; complete: boolean } {
  const patterns = new Map<string, TextPattern>();
  const note = (pattern: TextPattern) => patterns.set(JSON.stringify(pattern), pattern);
  const exact: string[] = [];
  for (const compiled of tests) {
    const { comparison } = compiled.operator;
    if (!textual.has(comparison)) continue;
    const wildcards = comparison === 'like' || comparison === 'arn';
    if (comparison === 'arn') note(anyArn);
    for (const glob of globsOf(compiled, wildcards, contexts)) {
      const text = glob.map((token) => (token.kind === 'text' ? token.text : neutral)).join('');
      exact.push(text);
      if (comparison === 'equalsIgnoreCase') note(literalIgnoringCase(text));
      else note(comparison === 'arn' ? arnPattern(glob) : patternOf(glob));
    }
  }
  const classes = forms.map((form) => classifyTexts(form, [...patterns.values()]));
  return {
    values: [...exact, ...classes.flatMap(({ texts }) => [...texts.values()])],
    complete: classes.every(({ complete }) => complete),
  };
}

function parserOf(type: KeyType): ((text: string) => unknown) | undefined {
  if (type === 'ip') return parseIp;
  if (type === 'number') return parseNumber;
  return type === 'date' ? parseDate : undefined;
}

/** Values of an address, a number or a date for tests that take it for text; patterns for those are a guess. */
function typedTexts(
  tests: readonly CompiledTest[],
  type: KeyType,
  contexts: readonly RequestContext[],
): { values: string[]; complete: boolean } {
  const parse = parserOf(type);
  const texts = tests.filter(({ operator }) => textual.has(operator.comparison));
  if (!parse || texts.length === 0) return { values: [], complete: true };
  const globs = texts.flatMap((test) => globsOf(test, test.operator.comparison === 'like', contexts));
  const values = globs.map((glob) =>
    glob.map((token) => (token.kind === 'text' ? token.text : '1')).join(''),
  );
  const complete = globs.every((glob) => glob.every(({ kind }) => kind === 'text'));
  return { values: values.filter((value) => parse(value) !== undefined), complete };
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
