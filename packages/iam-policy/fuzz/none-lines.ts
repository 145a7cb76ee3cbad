import fc from 'fast-check';
import type { ConditionBlock, RawPolicy } from './case.ts';

export type Line = readonly [operator: string, key: string, values: readonly string[]];

/** Tests of any of the keys, each with operators and values of one kind, or of whether the key is there. */
export function lines(
  keys: readonly string[],
  ...kinds: readonly (readonly [operators: readonly string[], values: readonly string[]])[]
): fc.Arbitrary<Line> {
  const key = fc.constantFrom(...keys);
  const compared = kinds.map(([operators, values]) =>
    fc
      .tuple(
        fc.constantFrom(...operators),
        fc.constantFrom('', '', 'IfExists'),
        fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }),
      )
      .chain(([operator, ifExists, chosen]) => key.map((name): Line => [operator + ifExists, name, chosen])),
  );
  const present = fc.tuple(fc.constant('Null'), key, fc.constantFrom(['true'], ['false']));
  return fc.oneof(...compared, present);
}

/** Policies of one to three statements about everything under such tests. */
export function policyOf(line: fc.Arbitrary<Line>): fc.Arbitrary<RawPolicy> {
  const statement = fc
    .tuple(
      fc.constantFrom<'Allow' | 'Deny'>('Allow', 'Allow', 'Deny'),
      fc.array(line, { minLength: 1, maxLength: 3 }),
    )
    .map(([Effect, tests]) => {
      const Condition: ConditionBlock = {};
      for (const [operator, key, values] of tests) {
        Condition[operator] = { ...Condition[operator], [key]: [...values] };
      }
      return { Effect, Action: 'rekognition:*', Resource: '*', Condition };
    });
  return fc
    .array(statement, { minLength: 1, maxLength: 3 })
    .map((Statement) => ({ Version: '2012-10-17', Statement }));
}
