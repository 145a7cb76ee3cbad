import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapPolicies, type RawStatement, statementsOf } from '../fuzz/case.ts';
import { fuzz } from '../fuzz/differential.ts';
import { fuzzCase } from '../fuzz/generate.ts';
import { RESOURCE_EXCEPTIONS, TEST_EXCEPTIONS } from '../fuzz/oracle-exceptions.ts';
import { OPERATORS, parseOperator } from '../src/operators.ts';

it('agrees with an independent engine on random policies and requests', { timeout: 120_000 }, async () => {
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

/** The elements of a statement, its effect, and its operators with their modifiers. */
function partsOf({ Condition = {}, ...elements }: RawStatement): string[] {
  const operators = Object.keys(Condition).map((text) => {
    const { operator, quantifier = 'plain', ifExists } = parseOperator(text) ?? {};
    return `${quantifier} ${operator}${ifExists ? 'IfExists' : ''}`;
  });
  return [...Object.keys(elements), elements.Effect, ...operators];
}

it('generates every element, operator, modifier, version and layer', () => {
  const seen = new Set<string>();
  for (const asked of fc.sample(fuzzCase, { numRuns: 6000, seed: 3 })) {
    mapPolicies(asked, (policy, place) => {
      seen.add(place.split(' ')[0] ?? '').add(`version ${policy.Version}`);
      for (const used of statementsOf(policy).flatMap(partsOf)) seen.add(used);
      return policy;
    });
  }
  const quantified = ['plain', 'ForAllValues', 'ForAnyValue'].flatMap((quantifier) =>
    OPERATORS.filter(({ name }) => name !== 'Null').flatMap(({ name }) => [
      `${quantifier} ${name}`,
      `${quantifier} ${name}IfExists`,
    ]),
  );
  const elements = ['Sid', 'Action', 'NotAction', 'Resource', 'NotResource', 'Principal', 'NotPrincipal'];
  const layers = ['identity', 'boundary', 'scp', 'rcp', 'session', 'resource'];
  const versions = ['version 2012-10-17', 'version 2008-10-17', 'version undefined'];
  const wanted = [...quantified, 'plain Null', ...elements, ...layers, ...versions, 'Allow', 'Deny'];
  expect(wanted.filter((each) => !seen.has(each))).toEqual([]);
});
