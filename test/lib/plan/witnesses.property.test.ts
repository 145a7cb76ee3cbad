import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkPlan } from '#test/fuzz/partial-plans.ts';
import { numberOfCases } from '#test/support/run-size.ts';
import { policySet } from '../../../packages/iam-policy/fuzz/partial-policies.ts';
import { freeContext, resourceName } from '../../../packages/iam-policy/fuzz/partial-requests.ts';

const numRuns = numberOfCases(80);

it('shows every difference between random policy sets that random search finds', () => {
  const tally = { pairs: 0, differing: 0, found: 0, told: 0, requests: 0 };
  const request = fc.record({ name: resourceName, kind: fc.nat({ max: 60 }), context: freeContext });
  const pair = fc.record({
    observed: policySet,
    expected: policySet,
    requests: fc.array(request, { minLength: 50, maxLength: 50 }),
  });
  fc.assert(
    fc.property(pair, (one) => checkPlan(one, tally)),
    { seed: 20261124, numRuns },
  );
  expect(tally.found).toBe(tally.differing);
  expect(tally.differing).toBeGreaterThan(numRuns * 1.25);
});
