import type { AccessCase } from './cases.ts';
import type { ConditionTest } from './types.ts';

type Words = readonly [holds: string, holdsNot: string];

/** Keys whose tests people know by a name of their own; undefined where only the general words are exact. */
const spoken: Readonly<Record<string, (test: ConditionTest, values: string) => Words | undefined>> = {
  'aws:multifactorauthpresent': (test, values) => switched(test, values, 'with MFA', 'without MFA'),
  'aws:securetransport': (test, values) => switched(test, values, 'over TLS', 'without TLS'),
  'aws:sourceip': ({ operator }, values) =>
    operator === 'IpAddress'
      ? [`from ${values}`, `from elsewhere than ${values}`]
      : operator === 'NotIpAddress'
        ? [`from elsewhere than ${values}`, `from ${values}`]
        : undefined,
  'aws:requestedregion': ({ operator }, values) =>
    operator === 'StringEquals'
      ? [`in ${values}`, `in a Region other than ${values}`]
      : operator === 'StringNotEquals'
        ? [`in a Region other than ${values}`, `in ${values}`]
        : undefined,
  'aws:currenttime': ({ operator }, values) => {
    if (operator === 'DateLessThan') return [`before ${values}`, `from ${values} on`];
    if (operator === 'DateLessThanEquals') return [`until ${values}`, `after ${values}`];
    if (operator === 'DateGreaterThan') return [`after ${values}`, `until ${values}`];
    return operator === 'DateGreaterThanEquals' ? [`from ${values} on`, `before ${values}`] : undefined;
  },
};

/**
 * A missing key satisfies neither value of Bool, so what does not hold for `true` is without it; what does not hold
 * for `false` may also be unknown.
 */
function switched(
  { operator, ifExists }: ConditionTest,
  values: string,
  on: string,
  off: string,
): Words | undefined {
  if (operator !== 'Bool') return undefined;
  if (values === 'true') return ifExists ? [`${on} or unknown`, off] : [on, off];
  if (values === 'false') return ifExists ? [`${off} or unknown`, on] : [off, `${on} or unknown`];
  return undefined;
}

const relations: Readonly<Record<string, string>> = {
  Equals: '=',
  NotEquals: '≠',
  LessThan: '<',
  LessThanEquals: '≤',
  GreaterThan: '>',
  GreaterThanEquals: '≥',
  Like: 'like',
  NotLike: 'not like',
  EqualsIgnoreCase: '=',
  NotEqualsIgnoreCase: '≠',
};

function general({ operator, quantifier, ifExists, key, values }: ConditionTest): Words {
  if (operator === 'Null') {
    const missing = values.includes('true');
    if (missing === values.includes('false'))
      return [`${key} is present or not`, `${key} is neither present nor not`];
    const words: Words = [`without ${key}`, `with ${key}`];
    return missing ? words : [words[1], words[0]];
  }
  const relation = relations[operator.replace(/^(String|Numeric|Date|Arn|Binary)/, '')] ?? operator;
  const subject =
    quantifier === 'ForAllValues' ? `every ${key}` : quantifier === 'ForAnyValue' ? `some ${key}` : key;
  const word = `${subject} ${relation} ${listed(values)}${ifExists ? ' or missing' : ''}`;
  return [word, `not (${word})`];
}

function listed(values: readonly string[]): string {
  return values.length < 2
    ? (values[0] ?? 'nothing')
    : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

/**
 * A case for people: `on arn:…:collection/payroll-*, from 198.51.100.0/24, with MFA`; `always` for one without
 * constraints. `resourceWords` says a resource pattern shorter.
 */
export function caseWords(
  { like, notLike, tests }: Pick<AccessCase, 'like' | 'notLike' | 'tests'>,
  resourceWords: (pattern: string) => string = (pattern) => pattern,
): string {
  const on = like.length > 0 ? [`on ${like.map(resourceWords).join(' that is also ')}`] : [];
  const except = notLike.length > 0 ? [`not on ${listed(notLike.map(resourceWords))}`] : [];
  const when = tests.map(({ test, holds }) => {
    const words = spoken[test.key.toLowerCase()];
    const own =
      test.quantifier || (test.ifExists && test.operator !== 'Bool')
        ? undefined
        : words?.(test, listed(test.values));
    const [yes, no] = own ?? general(test);
    return holds ? yes : no;
  });
  return [...on, ...except, ...when].join(', ') || 'always';
}
