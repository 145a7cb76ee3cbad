import { keyFacts } from '@permission-check/iam-policy';
import { InputError } from '#lib/errors.ts';
import { problemOfKey, problemOfValue } from '#lib/expectation/condition-keys.ts';

/**
 * Reads `aws:SourceIp=198.51.100.7`. A key given twice has several values, and a key that always has a list has one of
 * a single value, too; one without a value is left out of the request.
 *
 * @throws InputError naming what is wrong, with a key that may have been meant.
 */
export function readContext(
  entries: readonly string[],
): Readonly<Record<string, string | readonly string[] | undefined>> {
  const values = new Map<string, { readonly key: string; readonly values: string[] }>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    const key = at < 0 ? entry : entry.slice(0, at);
    if (at < 0) throw new InputError(`--context ${entry}: write KEY=VALUE, or KEY= to leave the key out`);
    const problem = problemOfKey(key);
    if (problem !== undefined) throw new InputError(`--context ${entry}: ${problem}`);
    const value = entry.slice(at + 1);
    const wrong = value === '' ? undefined : problemOfValue(key, value);
    if (wrong?.severity === 'error') throw new InputError(`--context ${entry}: ${wrong.message}`);
    const known = values.get(key.toLowerCase()) ?? { key, values: [] };
    values.set(key.toLowerCase(), known);
    if (value !== '') known.values.push(value);
  }
  return Object.fromEntries(
    [...values.values()].map(({ key, values: given }) => {
      const isList = given.length > 1 || (given.length === 1 && keyFacts(key).multivalued === true);
      return [key, isList ? given : given[0]];
    }),
  );
}
