import { describe, expect, it } from 'vitest';
import type { Effort } from '../../src/solver/effort.ts';
import { classesOf } from '../../src/solver/remembered-classes.ts';
import { type TextPattern, textForm, wildcardForm } from '../../src/solver/text-patterns.ts';

const limit = 1_000_000;
const hard = ['*q???*17*', '*k????*23*', '*w?????*31*'];
const patterns = new Map(hard.map((text) => [text, (): TextPattern => wildcardForm(text)]));
const newForm = () => textForm(['collection/', { someOf: 'abcdefghijklmnopqrstuvwxyz0123456789' }]);

function ask(form: TextPattern, effort: Effort) {
  const { complete } = classesOf(form, patterns, limit, effort);
  return { complete, left: effort.left };
}

describe('classes that an earlier search worked out', () => {
  it.each([0, 5_000, 50_000, limit])('leave as much of an effort of %i as those that nobody did', (left) => {
    const first = ask(newForm(), { left });
    const form = newForm();
    ask(form, { left: limit });
    expect(ask(form, { left })).toEqual(first);
    expect(ask(form, { left })).toEqual(first);
  });

  it('are some that a small effort does not reach, and some that a large one does', () => {
    expect(ask(newForm(), { left: 5_000 }).complete).toBe(false);
    expect(ask(newForm(), { left: limit }).complete).toBe(true);
  });

  it('are paid for once by one effort', () => {
    const effort = { left: limit };
    const form = newForm();
    const first = ask(form, effort);
    expect(first.left).toBeLessThan(limit);
    expect(ask(form, effort)).toEqual(first);
  });
});
