import { expandForEach, hasForEach } from './for-each.ts';
import { isObject, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

/** What the intrinsic functions need to know. */
export interface Scope {
  /** A parameter, a pseudo parameter or a resource: what `Ref` gives. Throws when there is no such name. */
  ref(name: string, where: string): TemplateValue;
  getAtt(resource: string, attribute: string, where: string): TemplateValue;
  condition(name: string, where: string): boolean;
  /** @param fallback the value where the mapping has none; absent: none is given. */
  findInMap(map: string, top: string, second: string, where: string, fallback?: TemplateValue): TemplateValue;
  /** How text is written of which a part is not known; absent: nothing may be unknown. */
  readonly unknowns?: Unknowns;
}

/** Text that stands for what only a deployment knows. */
export interface Unknowns {
  /** Text that is unknown as a whole, under a name that people find it by. */
  unknown(name: string): string;
  /** Whether a part of the text is unknown. */
  isOpen(text: string): boolean;
}

/** The answer of `!Ref AWS::NoValue`: the property or list item is left out. */
export const noValue = Symbol('AWS::NoValue');
type Resolved = TemplateValue | typeof noValue;

type Evaluate = (argument: TemplateValue, scope: Scope, where: string) => Resolved;

/**
 * Works out every intrinsic function in a value. `where` says in errors which part of the template is meant
 * (`Resources.Queue.Properties`).
 */
export function resolveValue(value: TemplateValue, scope: Scope, where: string): TemplateValue {
  const resolved = resolve(value, scope, where);
  if (resolved === noValue)
    throw new TemplateError(where, 'AWS::NoValue can only remove a property or list item');
  return resolved;
}

function resolve(value: TemplateValue, scope: Scope, where: string): Resolved {
  if (Array.isArray(value)) {
    return value
      .map((item, index) => resolve(item, scope, `${where}[${index}]`))
      .filter((item) => item !== noValue);
  }
  if (!isObject(value)) return value;
  if (hasForEach(value)) return withForEach(value, scope, where);
  const [key, ...others] = Object.keys(value);
  if (key !== undefined && others.length === 0) {
    const argument = value[key] ?? null;
    if (key === 'Ref') return reference(argument, scope, where);
    if (key.startsWith('Fn::')) return resolveFunction(key, argument, scope, where);
  }
  return withValues(value, (item, name) => resolve(item, scope, `${where}.${name}`));
}

/** Entries written out by `Fn::ForEach`; all of them are unknown where it is not known over what. */
function withForEach(value: TemplateObject, scope: Scope, where: string): Resolved {
  const expanded = expandForEach(value, scope);
  if (!hasForEach(expanded)) return resolve(expanded, scope, where);
  if (scope.unknowns !== undefined) return scope.unknowns.unknown(`${where}.Fn::ForEach`);
  throw new TemplateError(where, 'Fn::ForEach is over a list that is not known');
}

function resolveFunction(key: string, argument: TemplateValue, scope: Scope, where: string): Resolved {
  const inside = `${where}.${key}`;
  if (scope.unknowns !== undefined) return resolveOpen(key, argument, scope, inside, scope.unknowns);
  const evaluate = intrinsics[key];
  if (evaluate === undefined) throw new TemplateError(where, `${key} is not supported here`);
  return evaluate(argument, scope, inside);
}

/** An object's entries with other values; AWS::NoValue removes the entry. */
function withValues(
  value: TemplateObject,
  change: (item: TemplateValue, key: string) => Resolved,
): TemplateObject {
  const entries: [string, TemplateValue][] = [];
  for (const [key, item] of Object.entries(value)) {
    const changed = change(item, key);
    if (changed !== noValue) entries.push([key, changed]);
  }
  return Object.fromEntries(entries);
}

/** Functions whose value an unknown part makes unknown as a whole; all others carry it in their text. */
const opaque = new Set(['Fn::Split', 'Fn::Select', 'Fn::FindInMap', 'Fn::Base64', 'Fn::Length', 'Fn::Join']);

/** A function where parts may be unknown; one that is not known here has an unknown value. */
function resolveOpen(
  key: string,
  argument: TemplateValue,
  scope: Scope,
  where: string,
  { unknown, isOpen }: Unknowns,
): Resolved {
  const evaluate = intrinsics[key];
  if (evaluate === undefined) return unknown(nameOf(key, argument, where));
  if (!opaque.has(key)) return evaluate(argument, scope, where);
  if (key === 'Fn::FindInMap') {
    const names = resolveValue(mapKeys(argument, where)[0], scope, where);
    return someText(names, isOpen) ? unknown(where) : evaluate(argument, scope, where);
  }
  const resolved = resolveValue(argument, scope, where);
  const isUnknownText = (value: TemplateValue | undefined) => typeof value === 'string' && isOpen(value);
  const [first, second] = Array.isArray(resolved) ? resolved : [resolved];
  // Joining takes unknown items, but not an unknown list; everything else looks into the text.
  const looks =
    key === 'Fn::Join'
      ? !Array.isArray(second)
      : key === 'Fn::Select'
        ? isUnknownText(first) || isUnknownText(second) || !Array.isArray(second)
        : true;
  const open = someText(resolved, isOpen);
  return looks && open ? unknown(nameOf(key, argument, where)) : evaluate(resolved, scope, where);
}

export function someText(value: TemplateValue, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((item) => someText(item, test));
}

/** `Fn::ImportValue shared-arn` where the argument is plain, else where the function stands. */
function nameOf(key: string, argument: TemplateValue, where: string): string {
  return typeof argument === 'string' ? `${key} ${argument}` : where;
}

function reference(argument: TemplateValue, scope: Scope, where: string): Resolved {
  const name = text(argument, `${where}.Ref`);
  return name === 'AWS::NoValue' ? noValue : scope.ref(name, where);
}

/** Works out only the `Fn::If`s of a value: what the SAM transform sees of it. */
export function resolveIfs(value: TemplateValue, scope: Scope, where: string): TemplateValue {
  const prune = (value: TemplateValue): Resolved => {
    if (Array.isArray(value)) return value.map(prune).filter((item) => item !== noValue);
    if (!isObject(value)) return value;
    if (value.Ref === 'AWS::NoValue') return noValue;
    const branches = value['Fn::If'];
    if (branches !== undefined) {
      const [name, yes, no] = list(branches, where);
      return prune((scope.condition(text(name ?? null, where), where) ? yes : no) ?? null);
    }
    return withValues(value, prune);
  };
  const pruned = prune(value);
  return pruned === noValue ? null : pruned;
}

const intrinsics: Readonly<Record<string, Evaluate>> = {
  'Fn::Sub': (argument, scope, where) => {
    const [template, own] = Array.isArray(argument) ? argument : [argument, {}];
    const variables = own ?? {};
    if (!isObject(variables)) throw new TemplateError(where, 'the variables must be a mapping');
    return text(template ?? null, where).replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
      const wanted = name.trim();
      if (literal === '!') return `\${${name}}`;
      const variable = variables[wanted];
      if (variable !== undefined) return scalar(resolveValue(variable, scope, where), where);
      const dot = wanted.indexOf('.');
      return scalar(
        dot === -1
          ? scope.ref(wanted, where)
          : scope.getAtt(wanted.slice(0, dot), wanted.slice(dot + 1), where),
        where,
      );
    });
  },
  'Fn::GetAtt': (argument, scope, where) => {
    const [resource, attribute] =
      typeof argument === 'string' ? split(argument) : pair(argument, where).map((part) => part);
    return scope.getAtt(
      text(resource ?? null, where),
      text(resolveValue(attribute ?? null, scope, where), where),
      where,
    );
  },
  'Fn::If': (argument, scope, where) => {
    const [name, yes, no] = list(argument, where);
    if (no === undefined) throw new TemplateError(where, 'needs a condition and two values');
    return resolve(scope.condition(text(name ?? null, where), where) ? (yes ?? null) : no, scope, where);
  },
  'Fn::Join': (argument, scope, where) => {
    const [separator, items] = pair(argument, where);
    return list(resolveValue(items, scope, where), where)
      .map((item) => scalar(item, where))
      .join(text(separator, where));
  },
  'Fn::Split': (argument, scope, where) => {
    const [separator, joined] = pair(argument, where);
    return text(resolveValue(joined, scope, where), where).split(text(separator, where));
  },
  'Fn::Select': (argument, scope, where) => {
    const [index, items] = pair(argument, where);
    const values = list(resolveValue(items, scope, where), where);
    const selected = values[Number(resolveValue(index, scope, where))];
    if (selected === undefined) throw new TemplateError(where, `there is no item ${String(index)}`);
    return selected;
  },
  'Fn::FindInMap': (argument, scope, where) => {
    const [names, options] = mapKeys(argument, where);
    const [map, top, second] = names.map((part) => scalar(resolveValue(part, scope, where), where));
    if (map === undefined || top === undefined || second === undefined) {
      throw new TemplateError(where, 'needs a map, a top-level key and a second-level key');
    }
    const fallback = isObject(options) ? options.DefaultValue : undefined;
    return scope.findInMap(
      map,
      top,
      second,
      where,
      fallback === undefined ? undefined : resolveValue(fallback, scope, where),
    );
  },
  'Fn::Base64': (argument, scope, where) =>
    Buffer.from(text(resolveValue(argument, scope, where), where)).toString('base64'),
  'Fn::ToJsonString': (argument, scope, where) => JSON.stringify(resolveValue(argument, scope, where)),
  'Fn::Length': (argument, scope, where) => list(resolveValue(argument, scope, where), where).length,
};

/** The names of a map and its keys, and what stands behind them: `{ DefaultValue }`. */
function mapKeys(argument: TemplateValue, where: string): [TemplateValue[], TemplateValue | undefined] {
  const parts = list(argument, where);
  return [parts.slice(0, 3), parts[3]];
}

function split(value: string): [string, string] {
  const dot = value.indexOf('.');
  return [value.slice(0, dot), value.slice(dot + 1)];
}

export function pair(value: TemplateValue, where: string): [TemplateValue, TemplateValue] {
  const [first, second] = list(value, where);
  if (first === undefined || second === undefined) throw new TemplateError(where, 'needs two values');
  return [first, second];
}

export function list(value: TemplateValue, where: string): TemplateValue[] {
  if (!Array.isArray(value)) throw new TemplateError(where, 'must be a list');
  return value;
}

export function text(value: TemplateValue, where: string): string {
  if (typeof value !== 'string') throw new TemplateError(where, `must be text, not ${JSON.stringify(value)}`);
  return value;
}

/** Whether a mapping is an intrinsic function in its long form. */
export function isIntrinsic(value: TemplateObject): boolean {
  const [key = ''] = Object.keys(value);
  return key === 'Ref' || key.startsWith('Fn::');
}

/** Text of a scalar as CloudFormation writes it; a list of text joins with commas, as a Ref to a list parameter does. */
export function scalar(value: TemplateValue, where: string): string {
  if (Array.isArray(value)) return value.map((item) => scalar(item, where)).join(',');
  if (isObject(value) || value === null) {
    throw new TemplateError(where, `must be text, not ${JSON.stringify(value)}`);
  }
  return String(value);
}
