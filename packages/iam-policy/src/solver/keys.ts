/**
 * Which values of IAM's global condition keys go together. A request that breaks these rules cannot happen, so no
 * witness may.
 *
 * Source: IAM User Guide, "AWS global condition context keys".
 */
import { parseDate } from '../values.ts';

export type KeyValue = string | readonly string[] | undefined;

/** Looks a key (lower case) up: undefined where it is missing, null where it may still have any value. */
export type Lookup = (key: string) => KeyValue | null;

function comesThroughEndpoint(lookup: Lookup): boolean {
  return ['aws:sourcevpc', 'aws:sourcevpce', 'aws:vpcsourceip'].some((key) => lookup(key));
}

/** Whether the values can be together in one request; true while that is open. @param keys in lower case */
export function canBeTogether(keys: Iterable<string>, lookup: Lookup): boolean {
  if (lookup('aws:sourceip') && comesThroughEndpoint(lookup)) return false;
  if (lookup('aws:multifactorauthage')) {
    const mfa = lookup('aws:multifactorauthpresent');
    if (mfa !== null && mfa !== 'true') return false;
  }
  const tagKeys = lookup('aws:tagkeys');
  if (tagKeys === null) return true;
  const names = typeof tagKeys === 'string' ? [tagKeys] : (tagKeys ?? []);
  const given = new Set(names.map((name) => name.toLowerCase()));
  for (const key of keys) {
    const value = key.startsWith('aws:requesttag/') ? lookup(key) : null;
    if (value !== null && (value !== undefined) !== given.has(key.slice('aws:requesttag/'.length)))
      return false;
  }
  return true;
}

/** By key in lower case: the key as written, and its value. */
type WrittenContext = Map<string, readonly [key: string, value: string | readonly string[]]>;

/** Both time keys speak of the same moment. */
function settleTime(context: WrittenContext, isTested: (key: string) => boolean): void {
  const [name, epoch] = context.get('aws:epochtime') ?? [];
  const [, current] = context.get('aws:currenttime') ?? [];
  const time = typeof current === 'string' ? parseDate(current) : undefined;
  if (name === undefined || time === undefined || isTested('aws:epochtime')) return;
  const seconds = String(time / 1000n);
  if (epoch !== seconds) context.set('aws:epochtime', [name, seconds]);
}

/**
 * Gives keys that no policy tests the values that must go with the others.
 */
export function settleCompanions(context: WrittenContext, isTested: (key: string) => boolean): void {
  const lookup: Lookup = (key) => context.get(key)?.[1];
  if (!isTested('aws:sourceip') && comesThroughEndpoint(lookup)) context.delete('aws:sourceip');
  if (!isTested('aws:multifactorauthpresent') && lookup('aws:multifactorauthage')) {
    context.set('aws:multifactorauthpresent', ['aws:MultiFactorAuthPresent', 'true']);
  }
  settleTime(context, isTested);
  const tags = [...context].flatMap(([key, [name]]) =>
    key.startsWith('aws:requesttag/') ? [name.slice('aws:requesttag/'.length)] : [],
  );
  if (!isTested('aws:tagkeys') && tags.length > 0) context.set('aws:tagkeys', ['aws:TagKeys', tags]);
}
