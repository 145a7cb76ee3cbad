import type { ConditionTest } from '@permission-check/iam-policy';
import { valueProblems } from '@permission-check/iam-policy';
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
export function problemsOfTest(test: ConditionTest): string[] {
  return valueProblems(test).map(
    ({ value, needed }) => `"${value}" is not ${needed}, as ${test.operator} ${test.key} needs`,
  );
}
