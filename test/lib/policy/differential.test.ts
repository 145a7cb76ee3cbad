import { expect, it } from 'vitest';
import { fuzz } from '#test/fuzz/differential.ts';
import { RESOURCE_EXCEPTIONS, TEST_EXCEPTIONS } from '#test/fuzz/oracle-exceptions.ts';

it('agrees with an independent engine on random policies and requests', async () => {
  const report = await fuzz(3000, 20_261_124);
  expect(report.reproductions).toEqual([]);
  expect(report.cases).toBe(3000);
  // The sample must reach every decision, and every rule by which the oracle is corrected must still be needed.
  for (const decision of ['allowed', 'explicitDeny', 'implicitDeny']) {
    expect(report.decisions.get(decision), decision).toBeGreaterThan(300);
  }
  const rules = [...TEST_EXCEPTIONS, ...RESOURCE_EXCEPTIONS].map(({ name }) => name);
  const needed = rules.filter((name) => report.exceptions.has(name));
  expect(needed.length).toBeGreaterThan(new Set(rules).size * 0.8);
});
