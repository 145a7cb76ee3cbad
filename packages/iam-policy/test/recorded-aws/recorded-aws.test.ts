/** Answers that AWS itself gave, where the recording is beside the project. */
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../reference/evaluate.ts';
import { PolicyCompiler } from '../../src/compile.ts';
import { decide, decideAsSimulator, isKnownDifference } from '../../src/evaluate.ts';
import { parsePolicy } from '../../src/parse.ts';
import type { Decision } from '../../src/types.ts';
import { valueProblems } from '../../src/value-problems.ts';
import { contradictedLive, flaggedThoughStored } from './exceptions.ts';
import { hasRecordings, type Recorded, recordedIn, storedIn } from './recordings.ts';

const recordings = [
  ['condition_strings.json', 52],
  ['condition_ip.json', 108],
  ['condition_sets.json', 91],
  ['condition_values.json', 260],
  ['arn_component_variables.json', 6],
] as const;

const isListed = (text: string, exceptions: Readonly<Record<string, string>>): boolean =>
  Object.keys(exceptions).some((part) => text.includes(part));

/** The rows that are answered otherwise than AWS answered them. */
function wrong(rows: readonly Recorded[], decided: (row: Recorded) => Decision): string[] {
  return rows
    .filter((row) => (decided(row).decision === 'allowed') !== row.allowed)
    .map(({ name, allowed }) => `${allowed ? 'allowed' : 'denied'}: ${name}`);
}

const compiled = ({ set }: Recorded) => new PolicyCompiler([]).compileSet(set);

describe.runIf(hasRecordings)('what AWS answered', () => {
  it.each(recordings)('%s', (file, count) => {
    const rows = recordedIn(file);
    expect(rows).toHaveLength(count);
    const simulated = rows.filter(({ source }) => source === 'simulator');
    const decisive = rows.filter(
      ({ source, name }) => source === 'live' || !isListed(name, contradictedLive),
    );
    expect(wrong(decisive, ({ set, request }) => evaluate(set, request))).toEqual([]);
    expect(wrong(decisive, (row) => decide(compiled(row), row.request))).toEqual([]);
    expect(wrong(simulated, (row) => decideAsSimulator(compiled(row), row.request))).toEqual([]);
  });

  it('is listed as contradicted live only where services and simulator are known to differ', () => {
    const rows = recordings.flatMap(([file]) => recordedIn(file));
    const listed = rows.filter(
      ({ source, name }) => source === 'simulator' && isListed(name, contradictedLive),
    );
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.filter((row) => !isKnownDifference(compiled(row), row.request))).toEqual([]);
  });
});

describe.runIf(hasRecordings)('what IAM stores and refuses', () => {
  const flagged = (text: string): boolean =>
    parsePolicy(text).statements.some(({ conditions }) => conditions.flatMap(valueProblems).length > 0);

  it('is read without a flag, and with one', () => {
    const rows = storedIn('condition_values.json');
    expect(rows).toHaveLength(11);
    const listed = rows.filter(({ text }) => isListed(text, flaggedThoughStored));
    expect(listed.map(({ text, taken }) => [taken, flagged(text)])).toEqual(listed.map(() => [true, true]));
    expect(listed).toHaveLength(Object.keys(flaggedThoughStored).length);
    const others = rows.filter((row) => !listed.includes(row));
    expect(others.filter(({ text, taken }) => flagged(text) === taken)).toEqual([]);
  });
});
