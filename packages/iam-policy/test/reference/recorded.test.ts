import { describe, expect, it } from 'vitest';
import { evaluate } from '../../reference/evaluate.ts';
import { hasRecordings, type Recorded, recordedIn } from './recorded-aws.ts';

/** Live, AWS let the negation of a number hold for text that is none; its simulator did not. What is live decides. */
const simulatorAlone = ({ name, source }: Recorded): boolean =>
  source === 'simulator' && name.includes('"NumericNotEquals":{"aws:RequestTag/value":"1"}');

const recordings = [
  ['condition_strings.json', 52],
  ['condition_ip.json', 108],
  ['condition_sets.json', 91],
  ['condition_values.json', 260],
  ['arn_component_variables.json', 6],
] as const;

describe.runIf(hasRecordings)('the reference evaluator answers as AWS did', () => {
  it.each(recordings)('%s', (file, rows) => {
    const recorded = recordedIn(file);
    expect(recorded).toHaveLength(rows);
    const wrong = recorded
      .filter((row) => (evaluate(row.set, row.request).decision === 'allowed') !== row.allowed)
      .filter((row) => !simulatorAlone(row));
    expect(wrong.map(({ name, allowed }) => `${allowed ? 'allowed' : 'denied'}: ${name}`)).toEqual([]);
  });
});
