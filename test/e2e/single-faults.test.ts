import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultBench, isBeyond, type SingleFault } from '../faults/single-faults.ts';

/** A sample of what `npm run faults` tries: each kind of fault, on calls of each part of the way. */
const sample: readonly Omit<SingleFault, 'skip'>[] = [
  { operation: 'sqs:SendMessageBatch', kind: 'killed', lasts: 'once' },
  { operation: 'iam:GetAccountAuthorizationDetails', kind: 'truncated', lasts: 'once' },
  { operation: 'iam:GetAccountAuthorizationDetails', kind: 'lost', lasts: 'a quarter of an hour' },
  { operation: 'iam:SimulatePrincipalPolicy', kind: 'denied', lasts: 'once' },
  { operation: 'iam:SimulatePrincipalPolicy', kind: 'half', lasts: 'once' },
  { operation: 'dynamodb:PutItem', kind: 'killed-after', lasts: 'once' },
  { operation: 'dynamodb:PutItem', kind: 'lost', lasts: 'once' },
  { operation: 'sns:Publish', kind: 'error', lasts: 'once' },
  { operation: 'sns:Publish', kind: 'killed', lasts: 'once' },
];

let bench: FaultBench;
beforeAll(async () => {
  bench = await FaultBench.start();
}, 240_000);
afterAll(() => bench.stop());

it.each(sample)(
  '$operation $kind, $lasts: the alert comes, in time',
  async (fault) => {
    const outcome = await bench.try({ ...fault, skip: 0 });
    expect(isBeyond(outcome), JSON.stringify(outcome)).toBe(false);
  },
  120_000,
);

it('makes the calls that the sample is about', () => {
  expect([...bench.calls.keys()]).toEqual(
    expect.arrayContaining([...new Set(sample.map((one) => one.operation))]),
  );
});
