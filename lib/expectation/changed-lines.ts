import { longestCommon } from './common-lines.ts';

/**
 * The lines in which two texts differ, as `-12: expect: []` and `+12: expect: any`; a line that moved is in both, for the
 * order of rules matters. Blank lines say nothing.
 */
export function changedLines(before: string, after: string): string[] {
  const [old, young] = [before.split('\n'), after.split('\n')];
  const kept = longestCommon(old, young);
  const inOld = new Set(kept.map(([index]) => index));
  const inYoung = new Set(kept.map(([, index]) => index));
  return [...told('-', old, inOld), ...told('+', young, inYoung)];
}

const told = (sign: string, lines: readonly string[], kept: ReadonlySet<number>): string[] =>
  lines.flatMap((line, index) =>
    kept.has(index) || line.trim() === '' ? [] : [`${sign}${index + 1}: ${line}`],
  );
