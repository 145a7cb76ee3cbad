/** Texts that the tests of a key tell apart. */
import type { CompiledTest } from '../condition.ts';
import type { KeyType } from '../condition-keys.ts';
import type { Comparison } from '../operators.ts';
import { type Glob, isGlob, parseTemplate, resolveTemplate } from '../template.ts';
import type { RequestContext } from '../types.ts';
import { parseDate, parseIp, parseNumber } from '../values.ts';
import type { Effort } from './effort.ts';
import { classesOf } from './remembered-classes.ts';
import { anyText, literalIgnoringCase, patternOf, type TextPattern, textForm } from './text-patterns.ts';
import { classifyTexts } from './texts.ts';

/** A text that no policy means: it is tried before made-up ones, since people will read it. */
export const neutral = 'permission-check-none';

const textual = new Set<Comparison>(['equals', 'equalsIgnoreCase', 'like', 'binary', 'arn']);

/** Whether a test compares values as texts. */
export function isTextual({ operator }: CompiledTest): boolean {
  return textual.has(operator.comparison);
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

export const nonEmpty: TextPattern = [{ chars: { not: '' }, repeat: false }, ...anyText];

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
  return { patterns, exact, complete };
}

/** Letters beyond ASCII may have more than two cases, or one that is longer. */
export function isPlainAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** For the texts of one form of a key, whatever the search has left. */
const effortOfForm = 250_000;

/** Texts of some forms, one for each way in which the tests answer; the search's effort says when to stop. */
export function textsFor(
  tests: readonly CompiledTest[],
  contexts: readonly RequestContext[],
  forms: readonly TextPattern[],
  { until }: Pick<Effort, 'until'>,
): { values: string[]; complete: boolean } {
  const { patterns, exact, complete } = textPatterns(tests, contexts);
  const makers = new Map([...patterns].map(([key, pattern]) => [key, () => pattern]));
  const classes = forms.map((form) => {
    // A little more than the limit, so that what the limit cuts off is remembered as what it is.
    const own: Effort = { left: 2 * effortOfForm, ...(until !== undefined && { until }) };
    return classesOf(form, makers, effortOfForm, own);
  });
  return {
    values: [...exact, ...classes.flatMap(({ texts }) => [...texts.values()])],
    complete: complete && classes.every((one) => one.complete),
  };
}

export function parserOf(type: KeyType): ((text: string) => unknown) | undefined {
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
export function typedTexts(
  tests: readonly CompiledTest[],
  type: KeyType,
  contexts: readonly RequestContext[],
): string[] {
  const parse = parserOf(type);
  if (!parse || !tests.some(isTextual)) return [];
  const { patterns, exact } = textPatterns(tests, contexts);
  const fitting = (typedForms[type] ?? []).flatMap((form) => [
    ...classifyTexts(form, [...patterns.values()], 100_000).texts.values(),
  ]);
  return [...exact, ...fitting].filter((value) => parse(value) !== undefined);
}
