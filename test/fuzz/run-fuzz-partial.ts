import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { fuzzCase } from '../../packages/iam-policy/fuzz/generate.ts';
import { checkPartial, checkPartialOf } from '../../packages/iam-policy/fuzz/partial.ts';
import { fuzzedActions, policySet } from '../../packages/iam-policy/fuzz/partial-policies.ts';
import { freeContext, resourceName } from '../../packages/iam-policy/fuzz/partial-requests.ts';
import { checkPlan } from './partial-plans.ts';

/**
 * Partial evaluation and planning held against the evaluator: npm run fuzz:partial -- --cases 5000 --seed 1
 * A third each: policy sets over all resources and contexts; policy sets over one resource with every operator (in
 * both, every case opens the door, and no door is outside the cases); pairs of an observed and an expected set (every
 * difference that random search finds, the planned witnesses show).
 */
const { values } = parseArgs({
  options: { cases: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);
const numRuns = Math.ceil(Number(values.cases) / 3);

const requests = fc.array(
  fc.record({ name: resourceName, kind: fc.nat({ max: 60 }), context: freeContext }),
  {
    minLength: 60,
    maxLength: 60,
  },
);
const partial = { cases: 0, requests: 0, incomplete: 0, gaveUp: 0 };
const plans = { pairs: 0, differing: 0, found: 0, told: 0, requests: 0 };

const runs = [
  {
    name: 'partial evaluation',
    property: fc.property(
      fc.record({ set: policySet, action: fc.constantFrom(...fuzzedActions), requests }),
      (input) => checkPartial(input, partial),
    ),
  },
  {
    name: 'partial evaluation of single requests, every operator',
    property: fc.property(fuzzCase, (input) => checkPartialOf(input, partial)),
  },
  {
    name: 'plans',
    property: fc.property(fc.record({ observed: policySet, expected: policySet, requests }), (input) =>
      checkPlan(input, plans),
    ),
  },
];

for (const { name, property } of runs) {
  const started = performance.now();
  const result = fc.check<unknown>(property, { seed, numRuns, endOnFailure: true });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${name}: ${result.numRuns} random inputs (seed ${seed}), ${seconds} s, ${result.failed ? 'FAILED' : 'ok'}`,
  );
  if (!result.failed) continue;
  console.log(JSON.stringify(result.counterexample, undefined, 2));
  console.log(result.errorInstance);
  process.exitCode = 1;
}
console.log(
  `  ${partial.cases} cases listed, ${partial.gaveUp} without an example; ${partial.requests} random requests; ` +
    `${partial.incomplete} sets with too many cases`,
);
console.log(
  `  ${plans.differing} differences (action, direction, allowing statement) in ${plans.pairs} pairs, ${plans.found} shown by a ` +
    `witness, ${plans.told} reported as a gap; ${(plans.requests / Math.max(1, plans.pairs)).toFixed(1)} requests a plan`,
);
