import { parseAddress, parseDecimal, parseMoment } from '../reference/values.ts';
import { compilePlainTest } from '../src/condition.ts';
import { keyFacts } from '../src/condition-keys.ts';
import { canBeTogether } from '../src/solver/keys.ts';
import type { Request } from '../src/types.ts';
import { many, type RawStatement, statementsOf } from './case.ts';
import { account, action, forms, literalOf, type NoneCase } from './none-case.ts';
import { keys, requestValues, type ValueKind } from './none-values.ts';

type Value = string | readonly string[] | undefined;

/** Numbers below this, drawn anew from the same start for the same case. */
type Draw = (below: number) => number;

/**
 * Requests of a case's space: all that its pools make, or as many random ones as `limit`. The pools have what the
 * policies name, what lies beside it, and values that nothing leads to.
 */
export function requestsOf(asked: NoneCase, limit: number): Request[] {
  const tests = testsOf(asked);
  const texts = [...new Set([...tests.flatMap(({ values }) => values), ...resourcesOf(asked)])];
  const demanded = (asked.possible ?? []).flat();
  const named = [...[...tests, ...demanded].map(({ key }) => key), ...texts.flatMap(variablesOf)];
  const byLowerCase = new Map(named.map((key) => [key.toLowerCase(), key]));
  for (const key of Object.keys(asked.known)) byLowerCase.delete(key.toLowerCase());
  const homeIsFixed = !asked.free.includes('aws:principaltag/home');
  if (homeIsFixed) byLowerCase.delete('aws:principaltag/home');
  const used = [...byLowerCase.values()];
  const isUsed = (key: string): boolean => byLowerCase.has(key);
  const nearby = [...texts, ...demanded.map(({ value }) => value)].flatMap((text) =>
    around(text, asked, texts),
  );
  const pools = used.map((key) => poolOf(key, nearby, asked));
  const resources = asked.resource ? [asked.resource] : collectionsAround(nearby);
  const combinations = [resources, ...pools].reduce((product, pool) => product * pool.length, 1);
  const draw = drawing(JSON.stringify(asked));
  const { resourceAccount } = asked;
  const owner = { ...(resourceAccount !== undefined && { resourceAccount }) };
  const requests: Request[] = [];
  for (let number = 0; number < Math.min(limit, combinations); number += 1) {
    let rest = number;
    const take = <T>(pool: readonly T[]): T | undefined => {
      const at = combinations <= limit ? rest % pool.length : draw(pool.length);
      rest = Math.floor(rest / pool.length);
      return pool[at];
    };
    const resource = take(resources) ?? '*';
    const context: Record<string, string | readonly string[]> = { ...asked.known };
    for (const [at, pool] of pools.entries()) {
      const value = take(pool);
      if (value !== undefined) context[used[at] ?? ''] = value;
    }
    agree(context, number);
    if (canHappen(context, resource, asked, isUsed)) requests.push({ action, resource, context, ...owner });
  }
  return requests;
}

function statementsIn({ observed, expected, resourcePolicy }: NoneCase): RawStatement[] {
  return [observed, expected, resourcePolicy].flatMap((policy) => (policy ? statementsOf(policy) : []));
}

function testsOf(asked: NoneCase): { key: string; values: string[] }[] {
  return statementsIn(asked).flatMap(({ Condition = {} }) =>
    Object.values(Condition).flatMap((block) =>
      Object.entries(block).map(([key, values]) => ({ key, values: many(values).map(String) })),
    ),
  );
}

function resourcesOf(asked: NoneCase): string[] {
  return statementsIn(asked).flatMap(({ Resource, NotResource }) => [
    ...many(Resource),
    ...many(NotResource),
  ]);
}

function variablesOf(text: string): string[] {
  return [...text.matchAll(/\$\{([^},*?$]+)[^}]*\}/g)].map(([, key = '']) => key.trim());
}

/** What a value of a policy could be about: its wildcards and variables replaced, and one step to either side. */
function around(text: string, { known }: NoneCase, texts: readonly string[]): string[] {
  const plain = texts.filter((other) => !/[*?$]/.test(other));
  const stands = ['', 'a', 'b', ...plain.slice(0, 4), ...Object.values(known)];
  const filled = stands.flatMap((stand) => {
    const resolved = text.replace(/\$\{([*?$])\}/g, '$1').replace(/\$\{[^}]*\}/g, () => stand);
    return [
      resolved.replaceAll('*', stand).replaceAll('?', 'a'),
      resolved.replaceAll('*', 'b').replaceAll('?', '😀'),
    ];
  });
  return [...new Set([...filled, ...filled.flatMap(beside), swapCase(text), `${text}b`])];
}

function swapCase(text: string): string {
  return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
}

/** The values just beside a number, a moment or an address. */
function beside(text: string): string[] {
  const number = parseDecimal(text);
  const moment = parseMoment(text);
  const address = parseAddress(text.replace(/\/.*/, ''));
  return [
    ...(number ? besideNumber(text) : []),
    ...(moment === undefined ? [] : [-1000n, -1n, 1n, 1000n].flatMap((step) => dateText(moment + step))),
    ...(address ? besideAddress(address.value, address.bits, text.split('/')[1]) : []),
  ];
}

function besideNumber(text: string): string[] {
  const [mantissa = '', exponent] = text.toLowerCase().split('e');
  if (exponent !== undefined)
    return [`${mantissa}e${exponent}1`, `1${mantissa.replace(/^[+-]/, '')}e${exponent}`, `-${text}`];
  if (!/^-?\d+$/.test(text)) return [`${text}1`, `-${text.replace(/^[+-]/, '')}`, text.replace(/\d$/, '')];
  const whole = BigInt(text);
  return [whole - 1n, whole + 1n]
    .map(String)
    .concat(`${text}.00000000000000000001`, `${whole - 1n}.99999999999999999`);
}

function dateText(moment: bigint): string[] {
  if (moment % 1000n === 0n && (moment < -62167219200000n || moment > 253402300799999n))
    return [String(moment / 1000n)];
  if (moment < -62167219200000n || moment > 253402300799999n) return [];
  return [new Date(Number(moment)).toISOString()];
}

function besideAddress(value: bigint, bits: number, prefix = String(bits)): string[] {
  const host = BigInt(bits - Math.min(bits, Number(prefix) || 0));
  const first = (value >> host) << host;
  return [first - 1n, first, first + 1n, first + (1n << host) - 1n, first + (1n << host)].flatMap((one) =>
    one < 0n || one >= 1n << BigInt(bits) ? [] : [addressText(one, bits)],
  );
}

function addressText(value: bigint, bits: number): string {
  const digits = value.toString(16).padStart(bits / 4, '0');
  return bits === 32
    ? (digits.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.')
    : (digits.match(/..../g) ?? []).join(':');
}

/** Which single values a key can have at all. */
function isPossible(key: string, value: string, { regions, resourceAccount = account }: NoneCase): boolean {
  const { type, mayBeEmpty, values, least, longest } = keyFacts(key);
  const lower = key.toLowerCase();
  if (lower === 'aws:requestedregion' && regions.length > 0) return regions.includes(value);
  if (lower === 'aws:resourceaccount') return value === resourceAccount;
  if (values !== undefined && !values.includes(value)) return false;
  if (longest !== undefined && value.length > longest) return false;
  if (least !== undefined && Number(value) < least) return false;
  if (type === 'bool') return value === 'true' || value === 'false';
  if (type === 'date') return isMoment(key, value);
  if (type === 'number') return parseDecimal(value) !== undefined;
  if (type === 'ip') return parseAddress(value) !== undefined;
  return value !== '' || mayBeEmpty;
}

/** aws:EpochTime is written in seconds. */
function isMoment(key: string, value: string): boolean {
  return key.toLowerCase() === 'aws:epochtime' ? /^-?\d+$/.test(value) : parseMoment(value) !== undefined;
}

/** Whether a request meets what all must. */
function meetsOne(possible: NoneCase['possible'], context: Request['context']): boolean {
  if (possible === undefined) return true;
  return possible.some((demands) =>
    demands.map(literalOf).every(({ test, holds }) => compilePlainTest(test).matches(context) === holds),
  );
}

function poolOf(key: string, nearby: readonly string[], asked: NoneCase): Value[] {
  const { always, multivalued } = keyFacts(key);
  const kind: ValueKind = keys.find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1] ?? 'text';
  const form = asked.forms?.[key.toLowerCase()];
  const formed = form === undefined ? [] : nearby.flatMap((text) => [`${text}ab`, `AROAEXAMPLE:${text}ab`]);
  const singles = [...new Set([...nearby, ...formed, ...requestValues[kind]])].filter(
    (value) => isPossible(key, value, asked) && (form === undefined || forms[form].fits.test(value)),
  );
  const values: Value[] = [];
  if (multivalued !== true) values.push(...singles);
  if (multivalued !== false) {
    const few = singles.slice(0, 6);
    values.push(
      ...few.map((value) => [value]),
      ...few.slice(1).map((value, at) => [few[at] ?? '', value]),
      few,
    );
  }
  if (!always) values.push(undefined);
  return values;
}

function collectionsAround(nearby: readonly string[]): string[] {
  const names = nearby.map((text) => text.split(/[:/]/).at(-1) ?? '');
  const usable = ['none', 'a', 'b', 'ab', ...names].filter((name) => /^[a-zA-Z0-9_.-]+$/.test(name));
  return [...new Set(usable)].flatMap((name) =>
    ['us-east-1', 'eu-west-1'].map(
      (region) => `arn:aws:rekognition:${region}:123456789012:collection/${name}`,
    ),
  );
}

/** Gives keys that say the same a common value, now that of the one and now that of the other. */
function agree(context: Record<string, string | readonly string[]>, number: number): void {
  const moments = [context['aws:CurrentTime'], context['aws:EpochTime']];
  const [current, epoch] = moments.map((text) => (typeof text === 'string' ? parseMoment(text) : undefined));
  if (current !== undefined && epoch !== undefined) {
    if (number % 2 === 0) context['aws:CurrentTime'] = dateText(epoch)[0] ?? String(epoch / 1000n);
    else context['aws:EpochTime'] = String((current - (((current % 1000n) + 1000n) % 1000n)) / 1000n);
  }
  const organization = context['aws:ResourceOrgID'];
  if (organization !== undefined && number % 3 > 0) context['aws:PrincipalOrgID'] = organization;
}

/**
 * Whether a request can have these values together. Values that no policy tests, and that the others bring with them,
 * are added to the context.
 */
function canHappen(
  context: Record<string, string | readonly string[]>,
  resource: string,
  { resource: only, regions, resourceAccount, possible }: NoneCase,
  isUsed: (key: string) => boolean,
): boolean {
  if (!meetsOne(possible, context)) return false;
  const region = resource.split(':')[3] ?? '';
  if (only === undefined && isUsed('aws:requestedregion')) {
    if (regions.length > 0 && !regions.includes(region)) return false;
    context['aws:RequestedRegion'] = region;
  }
  if (isUsed('aws:multifactorauthage') && !isUsed('aws:multifactorauthpresent')) {
    if (context['aws:MultiFactorAuthAge'] !== undefined) context['aws:MultiFactorAuthPresent'] = 'true';
  }
  const tagged = context['aws:RequestTag/team'] !== undefined;
  if (tagged && !isUsed('aws:tagkeys')) context['aws:TagKeys'] = ['team'];
  if (!COUPLED.some(isUsed)) return true;
  const tags = isUsed('aws:requesttag/team') ? ['aws:requesttag/team'] : [];
  const lowerCase = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return canBeTogether(tags, (key) => lowerCase.get(key), resourceAccount === undefined);
}

/** Keys that do not go with every value of others. */
const COUPLED = [
  'aws:tagkeys',
  'aws:multifactorauthage',
  'aws:sourceip',
  'aws:vpcsourceip',
  'aws:sourcevpce',
  'aws:epochtime',
  'aws:resourceorgid',
];

/** mulberry32, seeded with a hash of the text. */
function drawing(seed: string): Draw {
  let state = [...seed].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16777619),
    2166136261,
  );
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
