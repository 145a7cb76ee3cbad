import {
  type ConditionTest,
  isDate,
  isIpRange,
  keyFacts,
  operatorNames,
  parseOperator,
  valueProblems,
} from '@permission-check/iam-policy';
import { globalConditionKeys } from '#lib/catalog/actions.ts';
import { didYouMean, nearest } from '#lib/catalog/did-you-mean.ts';
import { regionProblem } from '#lib/catalog/regions.ts';
import type { PatternProblem } from './resource-patterns.ts';

const known = new Set(globalConditionKeys.map((key) => key.toLowerCase().replace(/\/.*$/, '/')));

/**
 * What is wrong with a context key, or undefined. Rekognition has no keys of its own; keys of other services
 * pass.
 */
export function problemOfKey(key: string): string | undefined {
  if (!key.includes(':'))
    return `"${key}" is not a context key${didYouMean(`aws:${key}`, globalConditionKeys)}`;
  const lower = key.toLowerCase();
  if (lower.startsWith('rekognition:'))
    return `Rekognition has no condition keys of its own: "${key}" is never set`;
  if (!lower.startsWith('aws:') || known.has(lower.replace(/\/.*$/, '/'))) return undefined;
  return `unknown context key "${key}"${didYouMean(key, globalConditionKeys)}`;
}

/** What is wrong with the name of a condition operator, or undefined. */
export function problemOfOperator(name: string): string | undefined {
  if (parseOperator(name) !== undefined) return undefined;
  const unknown = `unknown condition operator "${name}"`;
  const [before = '', operator] = name.split(':');
  if (operator === undefined) return `${unknown}${didYouMean(name, operatorNames)}`;
  const quantifier = nearest(before, ['ForAllValues', 'ForAnyValue']);
  const meant = nearest(operator, operatorNames);
  return quantifier === undefined || meant === undefined
    ? unknown
    : `${unknown} (did you mean "${quantifier}:${meant}"?)`;
}

const accountKeys = /^aws:(principal|resource|source)account$/i;
const regionKey = /^aws:requestedregion$/i;

/** Values that their operator can never compare, or that the key never has, so that the test could never hold. */
export function problemsOfTest(test: ConditionTest): PatternProblem[] {
  const { key, operator, values } = test;
  const incomparable = valueProblems(test).map(
    ({ value, needed }): PatternProblem => ({
      severity: 'error',
      message: `"${value}" is not ${needed}, as ${operator} ${key} needs`,
    }),
  );
  const isPlain = (value: string) => !value.includes('${') && !(/Like/.test(operator) && /[*?]/.test(value));
  const never = /^String/.test(operator)
    ? values.filter(isPlain).flatMap((value) => problemOfText(key, value) ?? [])
    : [];
  return [...incomparable, ...never];
}

/** What is wrong with a value that a request is to have. */
export function problemOfValue(key: string, value: string): PatternProblem | undefined {
  const needs = (needed: string): PatternProblem => ({
    severity: 'error',
    message: `"${value}" is not ${needed}, as ${key} is`,
  });
  switch (keyFacts(key).type) {
    case 'bool':
      return /^(true|false)$/i.test(value) ? undefined : needs('true or false');
    case 'ip':
      return isIpRange(value) && !value.includes('/') ? undefined : needs('one IP address');
    case 'date':
      return isDate(value) ? undefined : needs('a date in ISO 8601');
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(value) ? undefined : needs('a number');
    default:
      return problemOfText(key, value);
  }
}

/** What is wrong with the value of a key whose values have a form of their own. */
function problemOfText(key: string, value: string): PatternProblem | undefined {
  if (regionKey.test(key)) return regionProblem(value);
  return accountKeys.test(key) && !/^\d{12}$/.test(value)
    ? { severity: 'error', message: `"${value}" is no account id, which has twelve digits, as ${key} is` }
    : undefined;
}
