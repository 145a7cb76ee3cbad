import * as z from 'zod/mini';
import type { Mail, MailAttribute } from '#lib/report/mail-content.ts';

/**
 * Whether the filter policy of a subscription lets a message through; what cannot be read of it counts as letting it
 * through, since SNS has accepted it.
 *
 * Source: Amazon SNS Developer Guide, "Amazon SNS subscription filter policies".
 *
 * @param policy the text of the attribute FilterPolicy
 * @param scope the attribute FilterPolicyScope
 */
export function letsThrough(
  policy: string,
  scope: string,
  message: Pick<Mail, 'attributes' | 'json'>,
): boolean {
  const parsed = objectSchema.safeParse(readJson(policy));
  if (!parsed.success) return true;
  const body = objectSchema.safeParse(readJson(message.json));
  const values =
    scope === 'MessageBody'
      ? body.data
      : Object.fromEntries(Object.entries(message.attributes).map(([name, one]) => [name, filtered(one)]));
  return values === undefined || matches(parsed.data, values);
}

const filtered = ({ value }: MailAttribute): unknown => value;

const objectSchema = z.record(z.string(), z.unknown());

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every key of the policy must match; of `$or`, one of its members. */
function matches(
  policy: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(policy).every(([key, rule]) => {
    if (key === '$or' && Array.isArray(rule))
      return rule.some((one) => matches(objectSchema.parse(one), values));
    const value = values[key];
    if (Array.isArray(rule)) return matchesAny(rule, value);
    const nested = objectSchema.safeParse(rule);
    const within = objectSchema.safeParse(value);
    return !nested.success || (within.success && matches(nested.data, within.data));
  });
}

/** Whether one of the rules of a key holds for its value, or for one member of it where it is a list. */
function matchesAny(rules: readonly unknown[], value: unknown): boolean {
  const values = Array.isArray(value) ? value : [value];
  return rules.some((rule) => {
    const operator = objectSchema.safeParse(rule);
    if (!operator.success) return values.includes(rule);
    const [[name = '', operand] = []] = Object.entries(operator.data);
    if (name === 'exists') return operand === (value !== undefined);
    const test = operators[name];
    return test === undefined || values.some((one) => one !== undefined && test(one, operand));
  });
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const escapePattern = (literal: string): string => literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The operators of a filter policy that a message of this program can meet; `cidr` is for addresses, of which it has none. */
const operators: Readonly<Record<string, (value: unknown, operand: unknown) => boolean>> = {
  prefix: (value, operand) => text(value).startsWith(text(operand)),
  suffix: (value, operand) => text(value).endsWith(text(operand)),
  'equals-ignore-case': (value, operand) => text(value).toLowerCase() === text(operand).toLowerCase(),
  wildcard: (value, operand) =>
    new RegExp(`^${text(operand).split('*').map(escapePattern).join('.*')}$`, 's').test(text(value)),
  'anything-but': (value, operand) =>
    !list(operand).some((one) =>
      objectSchema.safeParse(one).success ? matchesAny([one], value) : one === value,
    ),
  numeric: (value, operand) => typeof value === 'number' && inRange(value, list(operand)),
  cidr: () => false,
};

/** `[">=", 0, "<", 10]` */
function inRange(value: number, [comparison, bound, ...rest]: readonly unknown[]): boolean {
  if (comparison === undefined) return true;
  const limit = Number(bound);
  const holds =
    comparison === '='
      ? value === limit
      : comparison === '<'
        ? value < limit
        : comparison === '<='
          ? value <= limit
          : comparison === '>'
            ? value > limit
            : value >= limit;
  return holds && inRange(value, rest);
}
