import fc from 'fast-check';
import { isPrincipalKey } from '../src/condition-keys.ts';
import { OPERATORS, type Operator } from '../src/operators.ts';
import { sessionForms } from '../src/sessions.ts';
import type { FreeKey, Literal, ResourceForm, SearchSpace } from '../src/solver/space.ts';
import { textForm } from '../src/solver/text-patterns.ts';
import type { PolicySet } from '../src/types.ts';
import type { ConditionBlock, RawPolicy, RawStatement } from './case.ts';
import { keys, policyValues, resourcePatterns, type ValueKind } from './none-values.ts';

/** Forms of values that callers choose, and the same as regular expressions for brute force. */
export const forms = {
  name: { pattern: sessionForms.name, fits: /^[\w+=,.@-]{2,64}$/ },
  tagValue: { pattern: sessionForms.tagValue, fits: /^[^!"#$%&'()*,;<>?[\\\]^`{|}~\x7f\n\r]{0,256}$/ },
  sessionId: { pattern: sessionForms.namedAfter('AROAEXAMPLE:'), fits: /^AROAEXAMPLE:[\w+=,.@-]{2,64}$/ },
} as const;

export type FormName = keyof typeof forms;

/** A test of one value, and how it turns out. */
export interface Demand {
  readonly operator: string;
  readonly ifExists: boolean;
  readonly key: string;
  readonly value: string;
  readonly holds: boolean;
}

export function literalOf({ operator, ifExists, key, value, holds }: Demand): Literal {
  return { test: { operator, ifExists, key, values: [value] }, holds };
}

/** Policies and a space to search; plain JSON, so that a reproduction can be printed and pasted. */
export interface NoneCase {
  readonly observed: RawPolicy;
  readonly expected?: RawPolicy;
  /** What the principal is known to have. */
  readonly known: Readonly<Record<string, string>>;
  /** Principal keys that are the caller's choice here. */
  readonly free: readonly string[];
  /** The forms of the values of some of these; of the others, any text. */
  readonly forms?: Readonly<Partial<Record<string, FormName>>>;
  /** A request can happen if all tests of one of these turn out as they say; absent: every request can. */
  readonly possible?: readonly (readonly Demand[])[];
  /** Regions that a request may be made in; none: any. */
  readonly regions: readonly string[];
  /** The one resource, or every collection. */
  readonly resource?: string;
  /** The policy of the resource. */
  readonly resourcePolicy?: RawPolicy;
  /** The account that the resources belong to; absent: the principal's own. */
  readonly resourceAccount?: string;
}

/** The account of whom the cases are about. */
export const account = '123456789012';

export const action = 'rekognition:DeleteCollection';

const collections: readonly ResourceForm[] = ['us-east-1', 'eu-west-1'].map((region) => ({
  pattern: textForm([
    `arn:aws:rekognition:${region}:123456789012:collection/`,
    { someOf: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-' },
  ]),
  hints: [`arn:aws:rekognition:${region}:123456789012:collection/none`],
  implies: { 'aws:RequestedRegion': region },
}));

export function spaceOf(asked: NoneCase): SearchSpace {
  const { known, free, regions, resource, resourceAccount, possible } = asked;
  const named = Object.entries(asked.forms ?? {}).flatMap(([key, name]): [string, FreeKey][] =>
    name === undefined ? [] : [[key.toLowerCase(), { key, forms: [forms[name].pattern] }]],
  );
  return {
    ...(named.length > 0 && { free: new Map(named) }),
    ...(possible && { possible: possible.map((demands) => demands.map(literalOf)) }),
    resource: resource ?? collections,
    ...(resourceAccount !== undefined && { resourceAccount }),
    known,
    isKnown: (key) => isPrincipalKey(key) && !free.includes(key.toLowerCase()),
    baseline: { 'aws:SecureTransport': 'true', 'aws:RequestedRegion': 'us-east-1' },
    ...(regions.length > 0 && { values: { 'aws:requestedregion': regions } }),
  };
}

export function policySetOf(policy: RawPolicy, resourcePolicy?: RawPolicy): PolicySet {
  return {
    identity: [{ name: 'random', type: 'inline', text: JSON.stringify(policy) }],
    ...(resourcePolicy && {
      resource: { name: 'of the resource', type: 'resource', text: JSON.stringify(resourcePolicy) },
    }),
  };
}

const fitting: Readonly<Record<ValueKind, (operator: Operator) => boolean>> = {
  text: ({ comparison }) => ['equals', 'equalsIgnoreCase', 'like', 'binary'].includes(comparison),
  number: ({ comparison }) => comparison === 'numeric',
  date: ({ comparison }) => comparison === 'date',
  ip: ({ comparison }) => comparison === 'ip',
  bool: ({ comparison }) => comparison === 'bool',
  arn: ({ comparison }) => comparison === 'arn',
};

function kindOf({ comparison }: Operator): ValueKind {
  const kinds = Object.entries(fitting) as [ValueKind, (operator: Operator) => boolean][];
  const fits = kinds.find(([, fit]) => fit({ name: '', negated: false, comparison }));
  return fits?.[0] ?? 'bool';
}

type Line = readonly [operator: string, key: string, values: readonly string[]];

/** Mostly an operator that fits its key with values that fit the operator; one in four is anything at all. */
const line: fc.Arbitrary<Line> = fc
  .record({
    key: fc.nat(keys.length - 1),
    odd: fc.nat(7),
    operator: fc.nat(OPERATORS.length - 1),
    values: fc.array(fc.nat(999), { minLength: 1, maxLength: 2 }),
    quantifier: fc.constantFrom('', '', '', 'ForAllValues:', 'ForAnyValue:'),
    ifExists: fc.constantFrom('', '', '', 'IfExists'),
  })
  .map(({ key: at, odd, operator: which, values, quantifier, ifExists }): Line => {
    const [key, kind] = keys[at] ?? ['my:text', 'text'];
    const candidates = odd === 7 ? OPERATORS : OPERATORS.filter(fitting[kind]);
    const operator = candidates[which % candidates.length];
    if (operator === undefined || odd === 5) return ['Null', key, [which % 2 === 0 ? 'true' : 'false']];
    if (operator.comparison === 'null') return ['Null', key, values.map((n) => (n % 2 ? 'true' : 'false'))];
    const pool = policyValues[odd === 6 ? 'text' : kindOf(operator)];
    const listed = ['aws:TagKeys', 'aws:CalledVia', 'my:list'].includes(key)
      ? quantifier || 'ForAnyValue:'
      : quantifier;
    return [listed + operator.name + ifExists, key, values.map((n) => pool[n % pool.length] ?? '')];
  });

const statement: fc.Arbitrary<RawStatement> = fc
  .record({
    effect: fc.constantFrom<'Allow' | 'Deny'>('Allow', 'Allow', 'Deny'),
    notResource: fc.nat(9),
    resources: fc.array(fc.constantFrom('*', '*', ...resourcePatterns), { minLength: 1, maxLength: 2 }),
    lines: fc.array(line, { maxLength: 2 }),
  })
  .map(({ effect, notResource, resources, lines }) => {
    const Condition: ConditionBlock = {};
    for (const [operator, key, values] of lines)
      Condition[operator] = { ...Condition[operator], [key]: [...values] };
    return {
      Effect: effect,
      Action: 'rekognition:*',
      [notResource === 9 ? 'NotResource' : 'Resource']: resources,
      ...(lines.length > 0 && { Condition }),
    };
  });

const policy: fc.Arbitrary<RawPolicy> = fc
  .array(statement, { minLength: 1, maxLength: 2 })
  .map((Statement) => ({ Version: '2012-10-17', Statement }));

/** Policies of a resource, for everybody, for the account of the cases, or for another one. */
const resourcePolicy: fc.Arbitrary<RawPolicy> = fc
  .array(fc.tuple(statement, fc.constantFrom('*', account, '999999999999')), { minLength: 1, maxLength: 2 })
  .map((statements) => ({
    Version: '2012-10-17',
    Statement: statements.map(([one, name]) => ({
      ...one,
      Principal: name === '*' ? name : { AWS: name },
    })),
  }));

export const noneCase: fc.Arbitrary<NoneCase> = fc
  .record({
    owner: fc.nat(9),
    resourcePolicy: fc.option(resourcePolicy, { nil: undefined, freq: 2 }),
    observed: policy,
    expected: fc.option(policy, { nil: undefined, freq: 1 }),
    home: fc.constantFrom('a', '', 'us-east-1', '*', undefined),
    free: fc.constantFrom<string[][]>([], ['aws:principaltag/home'], ['aws:userid', 'aws:principaltag/home']),
    regions: fc.constantFrom<string[][]>(['us-east-1', 'eu-west-1'], []),
    resource: fc.constantFrom(
      undefined,
      undefined,
      'arn:aws:rekognition:us-east-1:123456789012:collection/a',
      '*',
    ),
  })
  .map(({ observed, expected, home, free, regions, resource, owner, resourcePolicy }) => ({
    observed,
    ...(expected && { expected }),
    ...(owner > 7 && { resourceAccount: '999999999999' }),
    ...(owner > 5 && resourcePolicy && { resourcePolicy }),
    known: {
      'aws:PrincipalAccount': account,
      'aws:username': 'a',
      ...(home !== undefined && !free.includes('aws:principaltag/home') && { 'aws:PrincipalTag/home': home }),
      ...(!free.includes('aws:userid') && { 'aws:userid': 'AROAEXAMPLE:a' }),
    },
    free,
    regions,
    ...(resource !== undefined && { resource }),
  }));
