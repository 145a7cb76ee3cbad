import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { operatorOf } from '../src/operators.ts';
import type { ConditionTest, RequestContext } from '../src/types.ts';

/**
 * A second, slow and literal reading of AWS's rules, with regular expressions and Node's own dates and addresses.
 * It settles the cases in which the oracle is wrong, and shares no code with the engine that it judges.
 */

/** Where a pattern or condition stands, and what is asked. */
export interface Scene {
  /** Policy variables exist since 2012-10-17. */
  readonly variables: boolean;
  /** Of the statement. */
  readonly effect: 'Allow' | 'Deny';
  readonly resource: string;
  readonly context: RequestContext;
}

export function keyValue(context: RequestContext, key: string): string | readonly string[] | undefined {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

const TOKEN = /\$\{[^}]*\}|[\s\S]/g;

/** The tokens of a policy string: `*`, `?`, and `=text` for everything literal; null where a variable has no value. */
export function tokensOf(text: string, scene: Scene): (string | null)[] {
  return (text.match(TOKEN) ?? []).flatMap((token): (string | null)[] => {
    if (token === '*' || token === '?') return [token];
    if (token.length === 1) return [`=${token}`];
    if (!scene.variables)
      return [...token].map((letter) => (letter === '*' || letter === '?' ? letter : `=${letter}`));
    const inside = token.slice(2, -1);
    if (inside === '*' || inside === '?' || inside === '$') return [`=${inside}`];
    const [key = '', fallback] = inside.split(/\s*,\s*/);
    const text = keyValue(scene.context, key.trim()) ?? fallback?.slice(1, -1);
    return typeof text !== 'string' ? [null] : [...text].map((letter) => `=${letter}`);
  });
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function toRegExp(tokens: readonly string[], wildcards: boolean, flags = ''): RegExp {
  const source = tokens.map((token) => {
    if (token.startsWith('=')) return escapeRegExp(token.slice(1));
    if (!wildcards) return escapeRegExp(token);
    return token === '*' ? '.*' : '.';
  });
  return new RegExp(`^${source.join('')}$`, `s${flags}`);
}

/** "You can use wildcard characters within the individual segments of an ARN …" */
export function resourceMatches(pattern: string, scene: Scene): boolean {
  if (/^\*+$/.test(pattern)) return true;
  const tokens = tokensOf(pattern, scene);
  if (tokens.includes(null)) return false;
  let segment = 1;
  let source = '';
  for (const [index, token] of tokens.entries()) {
    if (token === '=:') segment += 1;
    const ends = tokens[index + 1] === undefined || tokens[index + 1] === '=:' || tokens[index + 1] === '*';
    if (token === '*') source += segment < 6 && !ends ? '[^:]*' : '.*';
    else if (token === '?') source += segment < 6 ? '[^:]' : '.';
    else source += escapeRegExp((token ?? '').slice(1));
  }
  const whole = tokens.at(-1) === '*' || (scene.variables && /\$\{[^*?$]/.test(pattern));
  const missing = whole ? '' : ':.*'.repeat(Math.max(0, 6 - segment));
  const rest = missing !== '' && /\*:/.test(pattern) ? `(${missing})?` : missing;
  return new RegExp(`^${source}${rest}$`, 's').test(scene.resource);
}

/** One context value against one policy value; undefined when the context's is of another type, null when the policy's is. */
function compares(
  test: ConditionTest,
  value: string,
  policy: string,
  scene: Scene,
): boolean | undefined | null {
  const operator = operatorOf(test);
  switch (operator.comparison) {
    case 'numeric':
      return ordered(operator.name, toNumber(value), toNumber(policy));
    case 'date':
      return ordered(operator.name, toMilliseconds(value), toMilliseconds(policy));
    case 'ip':
      return inRange(value, policy);
    case 'null':
      return undefined;
  }
  const tokens = tokensOf(policy, scene);
  const known = tokens.filter((token) => token !== null);
  if (known.length < tokens.length) return false;
  if (operator.comparison === 'arn') return arnLike(value, known);
  if (operator.comparison === 'bool') {
    const text = known.map((token) => token.replace(/^=/, '')).join('');
    return (text.toLowerCase() === 'true') === (value.toLowerCase() === 'true');
  }
  const ignoreCase = operator.comparison === 'equalsIgnoreCase' ? 'i' : '';
  return toRegExp(known, operator.comparison === 'like', ignoreCase).test(value);
}

function ordered(name: string, value: number | undefined, policy: number | undefined): boolean {
  if (value === undefined || policy === undefined) return false;
  if (name.endsWith('GreaterThanEquals')) return value >= policy;
  if (name.endsWith('GreaterThan')) return value > policy;
  if (name.endsWith('LessThanEquals')) return value <= policy;
  if (name.endsWith('LessThan')) return value < policy;
  return value === policy;
}

export function toNumber(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

const W3C_DATE = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d:\d\d))?)?)?$/;

export function toMilliseconds(text: string): number | undefined {
  if (/^[-+]?\d+$/.test(text)) return Number(text) * 1000;
  return W3C_DATE.test(text) ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : undefined;
}

export function inRange(value: string, policy: string): boolean | undefined {
  const family = (address: string) => (isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined);
  const [network = '', prefix] = policy.split('/');
  const plain = (address: string) =>
    address.includes(':') ? address.replace(':::', '::') : address.replace(/\b0+(?=\d)/g, '');
  const wanted = family(plain(network));
  const given = family(plain(value));
  const bits = prefix === undefined ? (wanted === 'ipv4' ? 32 : 128) : Number(prefix);
  if (given === undefined || /:.*\./.test(value)) return undefined;
  if (wanted === undefined || /:.*\./.test(network) || !(bits <= (wanted === 'ipv4' ? 32 : 128)))
    return false;
  if (wanted !== given) return false;
  const list = new BlockList();
  list.addSubnet(plain(network), bits, wanted);
  if (!list.check(plain(value), given)) return false;
  return wanted === 'ipv4' || isFirstOf(plain(network), bits);
}

/** Whether an IPv6 address is the first one of its block. */
function isFirstOf(address: string, bits: number): boolean {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const known = [groups(head), groups(tail ?? '')].map((half) => half.map((group) => group.padStart(4, '0')));
  const gap = new Array<string>(8 - known.flat().length).fill('0000');
  const value = BigInt(`0x${[...(known[0] ?? []), ...gap, ...(known[1] ?? [])].join('')}`);
  return (value & ((1n << BigInt(128 - bits)) - 1n)) === 0n;
}

function arnLike(value: string, tokens: readonly string[]): boolean | undefined | null {
  const segments: string[][] = [[]];
  for (const token of tokens) {
    if (token === '=:' && segments.length < 6) segments.push([]);
    else segments.at(-1)?.push(token);
  }
  const parts = value.split(':');
  if (parts.length < 6) return undefined;
  if (segments.length < 6) return null;
  const values = [...parts.slice(0, 5), parts.slice(5).join(':')];
  return segments.every((segment, index) => toRegExp(segment, true).test(values[index] ?? ''));
}

/** Whether a condition test holds. */
export function testHolds(test: ConditionTest, scene: Scene): boolean {
  const { negated } = operatorOf(test);
  const value = keyValue(scene.context, test.key);
  if (value === undefined) {
    return test.ifExists || test.quantifier === 'ForAllValues' || (test.quantifier === undefined && negated);
  }
  const holds = (item: string): boolean => {
    const results = test.values.map((policy) => compares(test, item, policy, scene));
    const first = results.find((result) => result !== false);
    if (first === null) return scene.effect === 'Deny';
    return first === undefined ? negated && !results.includes(undefined) : !negated;
  };
  const values = Array.isArray(value) ? value : [value];
  if (test.quantifier === 'ForAnyValue') return values.some(holds);
  if (test.quantifier === 'ForAllValues') return values.every(holds);
  return typeof value === 'string' && holds(value);
}
