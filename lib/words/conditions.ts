import { type ConditionTest, keyFacts } from '@permission-check/iam-policy';

const SHOWN_VALUES = 4;

/** Text that would not be seen, or not where it ends, stands in quotes. */
const shown = (value: string): string =>
  value.trim() === value && value !== '' ? value : JSON.stringify(value);

function list(all: readonly string[], last: 'or' | 'and' = 'or'): string {
  const values = all.map(shown);
  if (values.length > SHOWN_VALUES) {
    return `${values.slice(0, SHOWN_VALUES).join(', ')} ${last} ${values.length - SHOWN_VALUES} more`;
  }
  const head = values.slice(0, -1).join(', ');
  return head === '' ? (values[0] ?? 'nothing') : `${head} ${last} ${values.at(-1)}`;
}

const only = (test: ConditionTest, value: string): boolean =>
  test.values.length === 1 && test.values[0]?.toLowerCase() === value;

/** Keys whose tests people know by a name of their own. */
const spoken: Readonly<Record<string, (test: ConditionTest) => string | undefined>> = {
  'aws:multifactorauthpresent': (test) => {
    if (test.operator === 'Null') return undefined;
    if (only(test, 'true')) return test.ifExists ? 'with MFA, or where MFA is not recorded' : 'with MFA';
    return only(test, 'false') ? 'without MFA' : undefined;
  },
  'aws:multifactorauthage': (test) => {
    if (test.operator === 'Null') return only(test, 'true') ? 'without MFA' : 'with MFA';
    return /^NumericLessThan(Equals)?$/.test(test.operator) && !test.ifExists
      ? `within ${list(test.values)} seconds of signing in with MFA`
      : undefined;
  },
  'aws:securetransport': (test) => {
    if (test.operator === 'Null') return undefined;
    if (only(test, 'true')) return 'over TLS';
    return only(test, 'false') ? 'without TLS' : undefined;
  },
  'aws:sourceip': (test) => {
    if (test.ifExists || test.quantifier) return undefined;
    if (test.operator === 'IpAddress') return `from ${list(test.values)}`;
    return test.operator === 'NotIpAddress' ? `from outside ${list(test.values, 'and')}` : undefined;
  },
  'aws:currenttime': (test) => {
    const word = timeWords[test.operator];
    return word && !test.ifExists ? `${word} ${list(test.values)}` : undefined;
  },
  'aws:requestedregion': (test) => {
    if (test.ifExists || test.quantifier) return undefined;
    if (test.operator === 'StringEquals' || test.operator === 'StringLike') return `in ${list(test.values)}`;
    return test.operator === 'StringNotEquals' ? `outside ${list(test.values, 'and')}` : undefined;
  },
};

const timeWords: Readonly<Record<string, string>> = {
  DateEquals: 'at',
  DateLessThan: 'before',
  DateLessThanEquals: 'until',
  DateGreaterThan: 'after',
  DateGreaterThanEquals: 'from',
};

const comparisons: Readonly<Record<string, string>> = {
  LessThan: 'below',
  LessThanEquals: 'at most',
  GreaterThan: 'above',
  GreaterThanEquals: 'at least',
};

/** The verb between key and values: `is`, `is not`, `is like`, `is at most`. */
function verb(operator: string): string {
  const ordered = /^(?:Numeric|Date)(LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)$/.exec(operator);
  if (ordered?.[1]) return `is ${comparisons[ordered[1]]}`;
  if (operator === 'NotIpAddress') return 'is outside';
  if (operator === 'IpAddress') return 'is in';
  const not = operator.includes('Not') ? ' not' : '';
  return /Like$|^Arn/.test(operator) ? `is${not} like` : `is${not}`;
}

function general(test: ConditionTest): string {
  const { operator, key, values, quantifier } = test;
  if (operator === 'Null') {
    const state = { true: 'absent', false: 'present' }[values.join()] ?? 'absent or present';
    return `when ${key} is ${state}`;
  }
  const subject =
    quantifier === 'ForAllValues'
      ? `every value of ${key}`
      : quantifier === 'ForAnyValue'
        ? `some value of ${key}`
        : key;
  const absent = test.ifExists ? ' or is absent' : '';
  const needs =
    quantifier === undefined && keyFacts(key).multivalued === true
      ? ' (a list, which needs ForAnyValue or ForAllValues)'
      : '';
  return `when ${subject}${needs} ${verb(operator)} ${list(values)}${absent}`;
}

/** Every text but `true` is false to Bool and Null, in whatever letters. Source: as AWS was seen to answer. */
function asRead(test: ConditionTest): ConditionTest {
  if (test.operator !== 'Bool' && test.operator !== 'Null') return test;
  const values = test.values.map((value) =>
    value.includes('${') ? value : String(value.toLowerCase() === 'true'),
  );
  return { ...test, values: [...new Set(values)] };
}

/**
 * A statement's Condition block in words: `from 198.51.100.0/24`, `without MFA`,
 * `when aws:ResourceTag/team is shop`. `undefined` where there is no condition.
 */
export function conditionWords(tests: readonly ConditionTest[]): string | undefined {
  if (tests.length === 0) return undefined;
  const words = tests.map(asRead).map((test) => {
    const key = test.key.toLowerCase();
    return (Object.hasOwn(spoken, key) ? spoken[key]?.(test) : undefined) ?? general(test);
  });
  // "when a is x and when b is y" reads worse than "when a is x and b is y".
  const joined = words.map((word, i) =>
    i > 0 && words[i - 1]?.startsWith('when ') && word.startsWith('when ') ? word.slice(5) : word,
  );
  return joined.join(' and ');
}
