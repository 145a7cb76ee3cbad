import { type ConditionTest, conditionHolds, valueProblems } from '@permission-check/iam-policy';

/**
 * Condition tests with the same answers, as people write them and expectations are read: IAM stores values that mean
 * nothing, and takes every text but `true` for false. `never`: they hold in no request. Undefined where it cannot be
 * said otherwise.
 */
export function plainTests(tests: readonly ConditionTest[]): readonly ConditionTest[] | 'never' | undefined {
  const plain = tests.map(plainTest);
  if (plain.includes('never')) return 'never';
  if (plain.includes(undefined)) return undefined;
  return plain.filter((test) => typeof test === 'object');
}

function plainTest(test: ConditionTest): ConditionTest | 'always' | 'never' | undefined {
  // No request has a key without a prefix.
  if (!test.key.includes(':')) return conditionHolds(test, '2012-10-17', {}) ? 'always' : 'never';
  const wrong = new Set(valueProblems(test).map(({ value }) => value));
  if (wrong.size === 0) return test;
  const { operator, ifExists, key, quantifier } = test;
  if (operator === 'Bool' || operator === 'Null') {
    const values = test.values.map((value) => (wrong.has(value) ? 'false' : value));
    return { ...test, values: [...new Set(values)] };
  }
  // An ARN operator with a value that is no ARN cannot be applied at all.
  if (!/^(Numeric|Date|IpAddress|NotIpAddress)/.test(operator)) return undefined;
  const values = test.values.filter((value) => !wrong.has(value));
  if (values.length > 0) return { ...test, values };
  if (quantifier !== undefined || operator === 'NotIpAddress') return undefined;
  if (operator.includes('Not')) return 'always';
  return ifExists ? { operator: 'Null', ifExists: false, key, values: ['true'] } : 'never';
}
