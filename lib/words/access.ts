import type { AccessCase, ConditionTest } from '@permission-check/iam-policy';
import { conditionWords } from './conditions.ts';
import { listed } from './labels.ts';
import { isEverything, patternWords } from './scopes.ts';

/**
 * The ways in which access holds, in words: `on collection/shop-* from 198.51.100.0/24`. Ways that differ only in the
 * resource are one. Empty text: always.
 *
 * @param kind of the resources that the cases are about, `collection`; absent where there are none.
 */
export function accessWords(cases: readonly AccessCase[], kind: string | undefined): string[] {
  const scopesByConditions = new Map<string, Set<string>>();
  for (const one of cases) {
    const when = testWords(one);
    const scopes = scopesByConditions.get(when) ?? new Set();
    scopesByConditions.set(when, scopes.add(scopeOf(one, kind)));
  }
  return [...scopesByConditions].map(([when, scopes]) => {
    const everywhere = [...scopes].find((scope) => scope === '' || isEverything(scope));
    const where = everywhere ?? listed([...scopes]).replace(/ and (?=[^,]*$)/, ' or ');
    return [where === '' ? '' : `on ${where}`, when].filter((words) => words !== '').join(' ');
  });
}

function scopeOf({ like, notLike }: AccessCase, kind: string | undefined): string {
  const every = kind === undefined ? '' : `every ${kind}`;
  const words = (patterns: readonly string[]) => [
    ...new Set(patterns.map((pattern) => patternWords(pattern, kind))),
  ];
  const narrow = words(like).filter((pattern) => !isEverything(pattern));
  const where = narrow.length > 0 ? narrow.join(' that is also ') : every;
  const except = words(notLike);
  return except.length === 0 || where === '' ? where : `${where} except ${listed(except)}`;
}

function testWords({ tests }: AccessCase): string {
  const held: ConditionTest[] = [];
  const excluded: string[] = [];
  for (const { test, holds } of tests) {
    const meant = holds ? test : opposite(test);
    if (meant === undefined) excluded.push(`unless ${conditionWords([test])?.replace(/^when /, '')}`);
    else held.push(meant);
  }
  return [conditionWords(held), ...excluded].filter((words) => words !== undefined).join(' and ');
}

/** When a Deny with such conditions does not apply: `in eu-west-1`, `with MFA`. */
export function deniedWords(tests: readonly ConditionTest[]): string | undefined {
  const [only] = tests;
  if (only === undefined) return undefined;
  const meant = tests.length === 1 ? opposite(only) : undefined;
  return meant === undefined
    ? `unless ${conditionWords(tests)?.replace(/^when /, '')}`
    : conditionWords([meant]);
}

/** The test that holds exactly where the other one does not; undefined where IAM's language has none. */
export function opposite(test: ConditionTest): ConditionTest | undefined {
  const { operator, ifExists, quantifier } = test;
  if (quantifier !== undefined) return undefined;
  if (operator === 'Null' || operator === 'Bool') return oppositeTruth(test);
  const [, type, comparison = ''] =
    /^(Numeric|Date)(LessThan|GreaterThan|\w+ThanEquals)$/.exec(operator) ?? [];
  if (type !== undefined) return oppositeComparison(test, type, comparison);
  // A key that is missing passes the negated operators, with IfExists and without.
  if (operator.includes('Not')) return { ...test, operator: operator.replace('Not', ''), ifExists: false };
  const negated = negations[operator];
  return ifExists || negated === undefined ? undefined : { ...test, operator: negated };
}

function oppositeTruth(test: ConditionTest): ConditionTest | undefined {
  const [value = '', ...more] = test.values;
  if (more.length > 0 || !/^(true|false)$/i.test(value)) return undefined;
  const turned = { ...test, values: [value.toLowerCase() === 'true' ? 'false' : 'true'] };
  // A key that is missing fails Bool, and passes BoolIfExists.
  return test.operator === 'Null' ? turned : { ...turned, ifExists: !test.ifExists };
}

function oppositeComparison(
  test: ConditionTest,
  type: string,
  comparison: string,
): ConditionTest | undefined {
  const other = comparisons[comparison];
  if (test.values.length !== 1 || other === undefined) return undefined;
  return { ...test, operator: type + other, ifExists: !test.ifExists };
}

const comparisons: Readonly<Record<string, string>> = {
  LessThan: 'GreaterThanEquals',
  LessThanEquals: 'GreaterThan',
  GreaterThan: 'LessThanEquals',
  GreaterThanEquals: 'LessThan',
};

const negations: Readonly<Record<string, string>> = {
  StringEquals: 'StringNotEquals',
  StringEqualsIgnoreCase: 'StringNotEqualsIgnoreCase',
  StringLike: 'StringNotLike',
  NumericEquals: 'NumericNotEquals',
  DateEquals: 'DateNotEquals',
  IpAddress: 'NotIpAddress',
  ArnEquals: 'ArnNotEquals',
  ArnLike: 'ArnNotLike',
};
