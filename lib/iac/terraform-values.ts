import type { Value } from './types.ts';
import { unknown } from './unknown.ts';

/**
 * A value with its unknown parts in place: `known` lacks them (a key is left out, an item is null), `unknowns` has
 * `true` there, and on the way down to them.
 *
 * @param name what the value is called: `aws_iam_role_policy.search.policy`.
 */
export function valueWithUnknowns(known: unknown, unknowns: unknown, name: string): Value {
  if (unknowns === true) return unknown(name);
  if (Array.isArray(unknowns)) {
    const items: readonly unknown[] = Array.isArray(known) ? known : [];
    const length = Math.max(items.length, unknowns.length);
    return Array.from({ length }, (_, index) =>
      valueWithUnknowns(items[index], unknowns[index], `${name}[${index}]`),
    );
  }
  if (isFields(unknowns)) {
    const fields = isFields(known) ? known : {};
    const keys = new Set([...Object.keys(fields), ...Object.keys(unknowns)]);
    // `{}` beside null or text says only that nothing in it is unknown.
    if (!isFields(known) && Object.keys(unknowns).length === 0) return plain(known);
    return Object.fromEntries(
      [...keys].map((key) => [key, valueWithUnknowns(fields[key], unknowns[key], `${name}.${key}`)]),
    );
  }
  return plain(known);
}

/** What JSON has where nothing is unknown. */
function plain(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(plain);
  if (isFields(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return null;
}

export type Fields = { readonly [key: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
