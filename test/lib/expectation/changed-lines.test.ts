import { expect, it } from 'vitest';
import { changedLines } from '#lib/expectation/changed-lines.ts';

it.each([
  ['nothing, where nothing changed', 'a\nb\n', 'a\nb\n', []],
  ['a line that is replaced', 'a\nb\nc\n', 'a\nx\nc\n', ['-2: b', '+2: x']],
  ['two edits far from each other', 'a\nb\nc\nd\ne', 'x\nb\nc\nd\ny', ['-1: a', '-5: e', '+1: x', '+5: y']],
  ['a line that is gone at the end', 'a\nb', 'a', ['-2: b']],
  ['what comes into an empty file', '', 'a\nb\n', ['+1: a', '+2: b']],
  ['no blank lines', 'a\nb', 'a\n\n\nb', []],
  // The first rule that matches decides.
  ['a rule that moved before another', 'any\nnone', 'none\nany', ['-1: any', '+2: any']],
])('names %s', (_, before, after, lines) => {
  expect(changedLines(before, after)).toEqual(lines);
});

it('names a change of a file that is too long to be compared line by line', () => {
  const long = (first: string) =>
    [first, ...Array.from({ length: 5_000 }, (_, index) => `${index}`)].join('\n');
  const lines = changedLines(`${long('a')}\nb`, `${long('c')}\nd`);
  expect(lines).toEqual(expect.arrayContaining(['-1: a', '-5002: b', '+1: c', '+5002: d']));
});
