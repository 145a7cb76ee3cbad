import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapPolicies, statementsOf } from '../fuzz/case.ts';
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

it('generates every element, operator, modifier, version and layer', () => {
  const seen = new Set<string>();
  for (const asked of fc.sample(fuzzCase, { numRuns: 6000, seed: 3 })) {
    mapPolicies(asked, (policy, place) => {
      seen.add(place.split(' ')[0] ?? '').add(`version ${policy.Version}`);
      for (const { Condition = {}, ...elements } of statementsOf(policy)) {
        for (const element of Object.keys(elements)) seen.add(element);
        seen.add(elements.Effect);
        for (const text of Object.keys(Condition)) {
          const { operator, quantifier = 'plain', ifExists } = parseOperator(text) ?? {};
          seen.add(`${quantifier} ${operator}${ifExists ? 'IfExists' : ''}`);
        }
      }
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
