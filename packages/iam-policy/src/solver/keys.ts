/**
 * Which values of IAM's global condition keys go together. A request that breaks these rules cannot happen, so no
 * witness may.
 *
 * Source: IAM User Guide, "AWS global condition context keys".
 */
import { isoDate } from './boundaries.ts';
import { secondOf } from './closed-values.ts';

export type KeyValue = string | readonly string[] | undefined;

/** Looks a key (lower case) up: undefined where it is missing, null where it may still have any value. */
export type Lookup = (key: string) => KeyValue | null;

function comesThroughEndpoint(lookup: Lookup): boolean {
  return ['aws:sourcevpc', 'aws:sourcevpce', 'aws:vpcsourceip'].some((key) => lookup(key));
}

/**
 * Whether the values can be together in one request; true while that is open.
 *
 * @param keys in lower case
 * @param ownResource whether the resource belongs to the principal's account
 */
export function canBeTogether(keys: Iterable<string>, lookup: Lookup, ownResource = true): boolean {
  if (lookup('aws:sourceip') && comesThroughEndpoint(lookup)) return false;
  if (lookup('aws:multifactorauthage')) {
    const mfa = lookup('aws:multifactorauthpresent');
    if (mfa !== null && mfa !== 'true') return false;
  }
  return isOneClock(lookup) && (!ownResource || isOneOrganization(lookup)) && areTagsNamed(keys, lookup);
}

/** aws:TagKeys lists the tags of the request, and no others. */
function areTagsNamed(keys: Iterable<string>, lookup: Lookup): boolean {
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

/** Both time keys speak of the same second. */
function isOneClock(lookup: Lookup): boolean {
  const [current, epoch] = [lookup('aws:currenttime'), lookup('aws:epochtime')];
  if (typeof current !== 'string' || typeof epoch !== 'string') return true;
  const [second, other] = [secondOf(current), secondOf(epoch)];
  return second === undefined || other === undefined || second === other;
}

/** What belongs to the principal's account belongs to its organization, if anything says so. */
function isOneOrganization(lookup: Lookup): boolean {
  const [own, other] = [lookup('aws:principalorgid'), lookup('aws:resourceorgid')];
  return own === null || other === null || other === undefined || own === other;
}

/** By key in lower case: the key as written, and its value. */
type WrittenContext = Map<string, readonly [key: string, value: string | readonly string[]]>;

/** The time key that no policy tests is made to say what the other does. */
function settleTime(context: WrittenContext, isTested: (key: string) => boolean): void {
  const [epochName, epoch] = context.get('aws:epochtime') ?? [];
  const [currentName, current] = context.get('aws:currenttime') ?? [];
  if (typeof current !== 'string' || typeof epoch !== 'string' || !epochName || !currentName) return;
  const [second, other] = [secondOf(current), secondOf(epoch)];
  if (second === undefined || other === undefined || second === other) return;
  if (!isTested('aws:epochtime')) context.set('aws:epochtime', [epochName, String(second)]);
  else context.set('aws:currenttime', [currentName, isoDate(other * 1000n) ?? epoch]);
}

/**
 * Gives keys that no policy tests the values that must go with the others.
 */
export function settleCompanions(
  context: WrittenContext,
  isTested: (key: string) => boolean,
  ownResource: boolean,
): void {
  const lookup: Lookup = (key) => context.get(key)?.[1];
  if (!isTested('aws:sourceip') && comesThroughEndpoint(lookup)) context.delete('aws:sourceip');
  if (isTested('aws:tokenissuetime') && lookup('aws:tokenissuetime') === undefined) {
    // What is left of the normal request: only temporary credentials, which have a time of issue, tell of MFA.
    for (const key of ['aws:multifactorauthpresent', 'aws:multifactorauthage'])
      if (!isTested(key)) context.delete(key);
  }
  if (!isTested('aws:multifactorauthpresent') && lookup('aws:multifactorauthage')) {
    context.set('aws:multifactorauthpresent', ['aws:MultiFactorAuthPresent', 'true']);
  }
  settleTime(context, isTested);
  const organization = context.get('aws:resourceorgid')?.[1];
  if (
    ownResource &&
    organization !== undefined &&
    context.has('aws:principalorgid') &&
    !isTested('aws:principalorgid')
  )
    context.set('aws:principalorgid', ['aws:PrincipalOrgID', organization]);
  const tags = [...context].flatMap(([key, [name]]) =>
    key.startsWith('aws:requesttag/') ? [name.slice('aws:requesttag/'.length)] : [],
  );
  if (!isTested('aws:tagkeys') && tags.length > 0) context.set('aws:tagkeys', ['aws:TagKeys', tags]);
}
