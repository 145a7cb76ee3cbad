import { describe, expect, it } from 'vitest';
import {
  type FaultOutcome,
  isBeyond,
  isSlowOnTheWhole,
  latest,
  medianLate,
  type SingleFault,
} from './single-faults.ts';

const outcome = (
  verdict: FaultOutcome['verdict'],
  seconds: number,
  { operation = 'iam:SimulatePrincipalPolicy', lasts = 'once' }: Partial<SingleFault> = {},
): FaultOutcome => ({ verdict, seconds, fault: { operation, skip: 0, kind: 'error', lasts } });
const quarter = { lasts: 'a quarter of an hour' } as const;

describe('what npm run faults fails on', () => {
  it.each([
    ['lost', outcome('lost', 0)],
    ['hidden', outcome('hidden', 0)],
    ['falsely resolved', outcome('falsely resolved', 0)],
    ['later than six minutes', outcome('late', latest.once + 1)],
    ['later than 25 minutes', outcome('late', latest[quarter.lasts] + 1, quarter)],
    ['twice, where nothing could be taken', outcome('twice', 0)],
    ['inconclusive after one fault', outcome('inconclusive', 0)],
  ])('is an alert that is %s', (_, one) => {
    expect(isBeyond(one)).toBe(true);
  });

  it.each([
    ['on time', outcome('on time', 5)],
    ['late by no more than six minutes', outcome('late', latest.once)],
    ['late by no more than 25 minutes', outcome('late', latest[quarter.lasts], quarter)],
    ['twice, where SNS may have taken it', outcome('twice', 0, { operation: 'sns:Publish' })],
    ['inconclusive after a quarter of an hour', outcome('inconclusive', 0, quarter)],
  ])('is no alert that is %s', (_, one) => {
    expect(isBeyond(one)).toBe(false);
  });

  it('is a median of single faults beyond two minutes', () => {
    const late = [outcome('late', 121), outcome('late', 121), outcome('on time', 1)];
    expect(medianLate(late, 'once')).toBe(121);
    expect(isSlowOnTheWhole(late)).toBe(true);
    expect(isSlowOnTheWhole([...late, outcome('on time', 1), outcome('on time', 120)])).toBe(false);
    // What lasts for a quarter of an hour cannot be over before.
    expect(isSlowOnTheWhole(late.map(({ seconds }) => outcome('late', seconds, quarter)))).toBe(false);
  });
});
