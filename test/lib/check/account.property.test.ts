import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkWhole, wholeCase } from '#test/fuzz/whole-check.ts';
import { numberOfCases } from '#test/support/run-size.ts';

/** More of them: FUZZ_CASES=5000 FUZZ_SEED=7 npx vitest run test/lib/check/account.property.test.ts */
const numRuns = numberOfCases(30);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_124);

it('tells every difference that random requests show, and none that its witness does not', {
  timeout: 120_000 + numRuns * 200,
}, async () => {
  const tally = { cases: 0, refused: 0, differing: 0, inconclusive: 0, witnesses: 0 };
  await fc.assert(
    fc.asyncProperty(wholeCase, (one) => checkWhole(one, tally)),
    { seed, numRuns, endOnFailure: process.env.FUZZ_SHRINK === undefined },
  );
  if (process.env.FUZZ_CASES) console.log(tally);
  expect(tally.cases).toBeGreaterThan(numRuns / 3);
  expect(tally.differing).toBeGreaterThan(numRuns * 10);
  expect(tally.inconclusive).toBeLessThan(tally.cases * 40);
});
