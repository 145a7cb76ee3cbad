import { BlockList, isIP } from 'node:net';
import { EventPatternError, isList, isObject, type Json } from './json.ts';

/** Says whether one scalar of a field matches; `undefined`: the field is not there. */
export type Matcher = (value: Json | undefined) => boolean;
type Build = (argument: Json, path: readonly string[]) => Matcher;

/** The matcher for one item of a pattern's array: a value to equal, or an operator. */
export function matcherOf(item: Json, path: readonly string[]): Matcher {
  if (isList(item)) throw new EventPatternError(path, 'Arrays in arrays are not allowed');
  if (!isObject(item)) return (value) => value === item;
  const [name, ...others] = Object.keys(item);
  const build = name === undefined ? undefined : operators[name];
  if (name === undefined || build === undefined || others.length > 0) {
    throw new EventPatternError(path, `Unrecognized match type ${name ?? ''}`);
  }
  return build(item[name] ?? null, path);
}

const operators: Readonly<Record<string, Build>> = {
  exists: (argument, path) => {
    if (typeof argument !== 'boolean') throw new EventPatternError(path, 'exists takes true or false');
    return (value) => (value !== undefined) === argument;
  },
  prefix: (argument, path) => textTest(argument, path, 'prefix', (text, start) => text.startsWith(start)),
  suffix: (argument, path) => textTest(argument, path, 'suffix', (text, end) => text.endsWith(end)),
  'equals-ignore-case': (argument, path) => {
    const wanted = textOf(argument, path, 'equals-ignore-case').toLowerCase();
    return (value) => typeof value === 'string' && value.toLowerCase() === wanted;
  },
  wildcard: (argument, path) => {
    const expression = wildcardExpression(textOf(argument, path, 'wildcard'), path);
    return (value) => typeof value === 'string' && expression.test(value);
  },
  'anything-but': anythingBut,
  numeric,
  cidr: (argument, path) => {
    const [address = '', bits] = textOf(argument, path, 'cidr').split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const length = Number(bits);
    if (isIP(address) === 0 || !Number.isInteger(length)) throw new EventPatternError(path, 'Malformed CIDR');
    const range = new BlockList();
    range.addSubnet(address, length, family);
    return (value) =>
      typeof value === 'string' &&
      isIP(value) !== 0 &&
      range.check(value, isIP(value) === 6 ? 'ipv6' : 'ipv4');
  },
};

/** `prefix` and `suffix`: text, or `{ "equals-ignore-case": text }`. */
function textTest(
  argument: Json,
  path: readonly string[],
  name: string,
  test: (text: string, wanted: string) => boolean,
): Matcher {
  if (isObject(argument)) {
    const wanted = textOf(argument['equals-ignore-case'] ?? null, path, name).toLowerCase();
    return (value) => typeof value === 'string' && test(value.toLowerCase(), wanted);
  }
  const wanted = textOf(argument, path, name);
  return (value) => typeof value === 'string' && test(value, wanted);
}

/** The field is there, and its value is none of these. */
function anythingBut(argument: Json, path: readonly string[]): Matcher {
  if (isObject(argument)) {
    const [name = '', ...others] = Object.keys(argument);
    const allowed = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'];
    if (!allowed.includes(name) || others.length > 0) {
      throw new EventPatternError(path, `Unsupported anything-but pattern ${name}`);
    }
    const wanted = argument[name] ?? null;
    const excluded = (isList(wanted) ? wanted : [wanted]).map((one) => matcherOf({ [name]: one }, path));
    return (value) => value !== undefined && !excluded.some((matcher) => matcher(value));
  }
  const values = isList(argument) ? argument : [argument];
  if (values.length === 0 || !values.every((one) => typeof one === 'string' || typeof one === 'number')) {
    throw new EventPatternError(path, 'anything-but takes texts or numbers');
  }
  return (value) => value !== undefined && !values.some((one) => one === value);
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `["=", 5]`, `[">", 0, "<=", 5]` */
function numeric(argument: Json, path: readonly string[]): Matcher {
  const parts = isList(argument) ? argument : [];
  if (parts.length !== 2 && parts.length !== 4) {
    throw new EventPatternError(path, 'numeric takes an operator and a number, or two of each');
  }
  const tests = [parts.slice(0, 2), parts.slice(2)]
    .filter((pair) => pair.length > 0)
    .map(([operator, bound]) => {
      const compare = comparisons[String(operator)];
      if (compare === undefined)
        throw new EventPatternError(path, `Unrecognized numeric range operator: ${operator}`);
      if (typeof bound !== 'number') throw new EventPatternError(path, 'Value of numeric must be a number');
      return (value: number) => compare(value, bound);
    });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcardExpression(pattern: string, path: readonly string[]): RegExp {
  if (/(?<!\\)\*\*/.test(pattern)) throw new EventPatternError(path, 'Consecutive wildcard characters');
  let source = '';
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    const next = pattern.charAt(index + 1);
    if (character === '\\') {
      if (next !== '*' && next !== '\\') throw new EventPatternError(path, 'Invalid escape character');
      source += `\\${next}`;
      index += 1;
    } else source += character === '*' ? '.*' : character.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  }
  return new RegExp(`^${source}$`, 's');
}

function textOf(value: Json, path: readonly string[], name: string): string {
  if (typeof value !== 'string') throw new EventPatternError(path, `${name} match pattern must be a string`);
  return value;
}
