import type { ConditionTest } from '@permission-check/iam-policy';
import { operatorOf, parseDate, parseIpRange, parseNumber } from '@permission-check/iam-policy';
import { globalConditionKeys } from '#lib/catalog/actions.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';

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

/** Values that their operator can never compare, so that the test could never hold. */
export function problemsOfTest({ key, operator, values, quantifier, ifExists }: ConditionTest): string[] {
  const { comparison } = operatorOf({ key, operator, values, ifExists, ...(quantifier && { quantifier }) });
  const wrong = (isRight: (value: string) => boolean, what: string) =>
    values
      .filter((value) => !value.includes('${') && !isRight(value))
      .map((value) => `"${value}" is not ${what}, as ${operator} ${key} needs`);
  if (comparison === 'ip')
    return wrong((value) => parseIpRange(value) !== undefined, 'an IP address or CIDR range');
  if (comparison === 'date') return wrong((value) => parseDate(value) !== undefined, 'a date in ISO 8601');
  if (comparison === 'numeric') return wrong((value) => parseNumber(value) !== undefined, 'a number');
  if (comparison === 'bool' || comparison === 'null') {
    return wrong((value) => /^(true|false)$/i.test(value), 'true or false');
  }
  return [];
}
