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
    const value = keyValue(scene.context, key.trim());
    const text = typeof value === 'string' ? value : fallback?.slice(1, -1);
    return text === undefined ? [null] : [...text].map((letter) => `=${letter}`);
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
  const head = scene.variables
    ? (/^(?:[^:$]|\$(?!\{))*(?::(?:[^:$]|\$(?!\{))*){0,5}/.exec(pattern)?.[0] ?? '')
    : pattern;
  if (head.split(':').length < 6 && head.length < pattern.length) return false; // a variable before the fifth colon
  let segment = 1;
  let source = '';
  for (const [index, token] of tokens.entries()) {
    if (token === '=:') segment += 1;
    const ends = tokens[index + 1] === undefined || tokens[index + 1] === '=:' || tokens[index + 1] === '*';
    if (token === '*') source += segment < 6 && !ends ? '[^:]*' : '.*';
    else if (token === '?') source += segment < 6 ? '[^:]' : '.';
    else source += escapeRegExp((token ?? '').slice(1));
  }
  const missing = tokens.at(-1) === '*' ? '' : ':.*'.repeat(Math.max(0, 6 - segment));
  const rest = missing !== '' && /\*:/.test(pattern) ? `(${missing})?` : missing;
  return new RegExp(`^${source}${rest}$`, 's').test(scene.resource);
}

/** One context value against one policy value; undefined when they are not comparable. */
function compares(test: ConditionTest, value: string, policy: string, scene: Scene): boolean | undefined {
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
    const booleans = [text.toLowerCase(), value.toLowerCase()];
    return booleans.every((item) => item === 'true' || item === 'false')
      ? booleans[0] === booleans[1]
      : undefined;
  }
  const ignoreCase = operator.comparison === 'equalsIgnoreCase' ? 'i' : '';
  return toRegExp(known, operator.comparison === 'like', ignoreCase).test(value);
}

function ordered(name: string, value: number | undefined, policy: number | undefined): boolean | undefined {
  if (value === undefined || policy === undefined) return undefined;
  if (name.endsWith('GreaterThanEquals')) return value >= policy;
  if (name.endsWith('GreaterThan')) return value > policy;
  if (name.endsWith('LessThanEquals')) return value <= policy;
  if (name.endsWith('LessThan')) return value < policy;
  return value === policy;
}

export function toNumber(text: string): number | undefined {
  return /^[-+]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

const W3C_DATE = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d:\d\d))?)?)?$/;

export function toMilliseconds(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return W3C_DATE.test(text) ? Date.parse(text) : undefined;
}

export function inRange(value: string, policy: string): boolean | undefined {
  const family = (address: string) => (isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined);
  const [network = '', prefix] = policy.split('/');
  const wanted = family(network);
  const given = family(value);
  const bits = prefix === undefined ? (wanted === 'ipv4' ? 32 : 128) : Number(prefix);
  if (wanted === undefined || given === undefined || bits > (wanted === 'ipv4' ? 32 : 128)) return undefined;
  if (wanted !== given) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, wanted);
  return list.check(value, given);
}

function arnLike(value: string, tokens: readonly string[]): boolean | undefined {
  const segments: string[][] = [[]];
  for (const token of tokens) {
    if (token === '=:' && segments.length < 6) segments.push([]);
    else segments.at(-1)?.push(token);
  }
  const parts = value.split(':');
  if (segments.length < 6 || parts.length < 6) return undefined;
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
    return negated ? results.every((result) => result === false) : results.includes(true);
  };
  const values = Array.isArray(value) ? value : [value];
  if (test.quantifier === 'ForAnyValue') return values.some(holds);
  if (test.quantifier === 'ForAllValues') return values.every((item) => item === '') || values.every(holds);
  return typeof value === 'string' && holds(value);
}
