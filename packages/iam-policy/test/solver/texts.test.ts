import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../src/glob.ts';
import { matchesPattern } from '../../src/solver/automaton.ts';
import {
  anyText,
  literal,
  literalIgnoringCase,
  patternOf,
  someOf,
  type TextPattern,
} from '../../src/solver/text-patterns.ts';
import { classifyTexts, findText } from '../../src/solver/texts.ts';
import { parseTemplate, resolveTemplate } from '../../src/template.ts';

const name = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-';
const collection: TextPattern = [
  ...literal('arn:aws:rekognition:us-east-1:123456789012:collection/'),
  ...someOf(name),
];

function globOf(text: string) {
  const glob = resolveTemplate(parseTemplate(text, '2012-10-17', true), {});
  if (!glob) throw new Error(`${text} has variables`);
  return glob;
}

const pattern = (text: string) => patternOf(globOf(text));

describe('findText', () => {
  const cases: readonly [inside: readonly string[], outside: readonly string[], found: string | undefined][] =
    [
      [['*'], [], 'x'],
      [['*:collection/payroll-*'], [], 'payroll-'],
      [['*:collection/payroll-*'], ['*-'], 'payroll-x'],
      [['*:collection/a*', '*b'], [], 'ab'],
      [['*:collection/a*'], ['*:collection/a*'], undefined],
      [['*:collection/a*'], ['*:collection/a?*'], 'a'],
      [['*:collection/a?c'], ['*:collection/abc'], 'axc'],
      [['*:collection/with space'], [], undefined],
      [['*:project/*'], [], undefined],
      [['*'], ['*x*'], 'y'],
      [['*A'], [], 'A'],
      [[], ['*A', '*a'], 'x'],
    ];
  it.each(cases)('in %j but not in %j: %s', (inside, outside, found) => {
    expect(findText(collection, inside.map(pattern), outside.map(pattern))).toBe(
      found === undefined ? undefined : `arn:aws:rekognition:us-east-1:123456789012:collection/${found}`,
    );
  });

  it('tells letter cases apart only where the pattern does', () => {
    expect(findText(anyText, [literalIgnoringCase('Ab')], [literal('ab'), literal('Ab')])).toBe('aB');
  });

  it('says when it gave up', () => {
    const many = [...'abcdefghijklmnop'].map((char) => pattern(`*${char}*`));
    expect(classifyTexts(anyText, many, 5000).complete).toBe(false);
  });
});

describe('classifyTexts', () => {
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });

  it('knows every combination of answers that a text can have', () => {
    fc.assert(
      fc.property(
        fc.array(glob, { minLength: 1, maxLength: 4 }),
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'z'), maxLength: 7 }), { maxLength: 20 }),
        (globs, texts) => {
          const tests = globs.map((text) => compileGlob(globOf(text)));
          const answersOf = (text: string) => tests.map((test) => (test(text) ? '1' : '0')).join('');
          const classes = classifyTexts(anyText, globs.map(pattern));
          expect(classes.complete).toBe(true);
          for (const [answers, text] of classes.texts) expect(answersOf(text)).toBe(answers);
          for (const text of texts) expect(classes.texts.has(answersOf(text))).toBe(true);
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  it('agrees with the evaluator on single patterns', () => {
    fc.assert(
      fc.property(glob, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 7 }), (text, value) => {
        expect(matchesPattern(pattern(text), value)).toBe(compileGlob(globOf(text))(value));
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

it('keeps what it has made of patterns for those that are in use', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const patterns = Array.from({ length: 3_000 }, (_, index) =>
    literal(`arn:aws:rekognition:us-east-1:123456789012:collection/team-${index}`),
  );
  const before = heap();
  for (const [index, pattern] of patterns.entries())
    expect(findText(anyText, [pattern])).toMatch(new RegExp(`team-${index}$`));
  const grown = (heap() - before) / 1e6;
  // Whoever has a policy has its patterns.
  expect(patterns).toHaveLength(3_000);
  expect(grown).toBeLessThan(30);
});
