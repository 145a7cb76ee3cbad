/**
 * What IAM says of its global condition keys: who sets them, which values they can have, which go together. A
 * request that breaks these rules cannot happen, so no witness may.
 *
 * Source: IAM User Guide, "AWS global condition context keys".
 */
import { parseDate } from '../values.ts';

export type KeyType = 'text' | 'bool' | 'date' | 'number' | 'ip' | 'unknown';

export interface KeyFacts {
  readonly type: KeyType;
  /** In every request. */
  readonly always: boolean;
  /** Whether it has a list of values; undefined for keys that are not known here. */
  readonly multivalued: boolean | undefined;
}

const table: Readonly<Record<string, KeyType>> = {
  'aws:currenttime': 'date',
  'aws:epochtime': 'date',
  'aws:tokenissuetime': 'date',
  'aws:multifactorauthage': 'number',
  'aws:multifactorauthpresent': 'bool',
  'aws:securetransport': 'bool',
  'aws:viaawsservice': 'bool',
  'aws:principalisawsservice': 'bool',
  'aws:sourceip': 'ip',
  'aws:vpcsourceip': 'ip',
  'aws:requestedregion': 'text',
  'aws:sourcevpc': 'text',
  'aws:sourcevpce': 'text',
  'aws:sourcearn': 'text',
  'aws:sourceaccount': 'text',
  'aws:useragent': 'text',
  'aws:referer': 'text',
  'aws:calledviafirst': 'text',
  'aws:calledvialast': 'text',
  'aws:principalorgid': 'text',
  'aws:sourceidentity': 'text',
  'aws:federatedprovider': 'text',
  'aws:resourceaccount': 'text',
  'aws:resourceorgid': 'text',
};

const always = new Set([
  'aws:currenttime',
  'aws:epochtime',
  'aws:securetransport',
  'aws:viaawsservice',
  'aws:principalisawsservice',
  'aws:requestedregion',
]);

const lists = new Set([
  'aws:tagkeys',
  'aws:calledvia',
  'aws:principalorgpaths',
  'aws:resourceorgpaths',
  'aws:principalservicenameslist',
]);

const tag = /^aws:(principal|request|resource)tag\//;

/** @param key in lower case */
export function factsOf(key: string): KeyFacts {
  if (lists.has(key)) return { type: 'text', always: false, multivalued: true };
  const type = tag.test(key) ? 'text' : table[key];
  if (type === undefined) return { type: 'unknown', always: false, multivalued: undefined };
  return { type, always: always.has(key), multivalued: false };
}

const ofPrincipal = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principaltype',
  'aws:userid',
  'aws:username',
]);

/** Keys that IAM fixes for a principal: what it does not have, no request of it has. @param key in any case */
export function isPrincipalKey(key: string): boolean {
  const lower = key.toLowerCase();
  return ofPrincipal.has(lower) || lower.startsWith('aws:principaltag/');
}

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
  const seconds = String(Math.floor(time / 1000));
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
