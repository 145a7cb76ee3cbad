import { decide, PolicyCompiler } from '../index.ts';
import type { Layer, MatchedStatement, PolicySet, PolicySource, Request } from '../src/types.ts';
import { ACTIONS } from './vocabulary.ts';

/** One or several, as IAM's grammar allows almost everywhere. */
export type OneOrMany<T> = T | T[];

export type ConditionBlock = Record<string, Record<string, OneOrMany<string | number | boolean>>>;

export interface RawStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, OneOrMany<string>>;
  NotPrincipal?: '*' | Record<string, OneOrMany<string>>;
  Action?: OneOrMany<string>;
  NotAction?: OneOrMany<string>;
  Resource?: OneOrMany<string>;
  NotResource?: OneOrMany<string>;
  Condition?: ConditionBlock;
}

export interface RawPolicy {
  Version?: '2012-10-17' | '2008-10-17';
  Statement: OneOrMany<RawStatement>;
}

/** One question to both engines; plain JSON, so that a reproduction can be printed and pasted. */
export interface FuzzCase {
  identity: RawPolicy[];
  boundary?: RawPolicy;
  scps?: RawPolicy[][];
  rcps?: RawPolicy[][];
  session?: RawPolicy;
  resource?: RawPolicy;
  request: {
    action: string;
    resource: string;
    context: Record<string, string | string[]>;
    resourceAccount?: string;
  };
}

/** What the engines must agree on. */
export interface Answer {
  decision: string;
  /** `layer policy statement-index` of each statement that applied, sorted. */
  matched: string[];
}

/** The name by which a policy of a case is known on both sides. */
export function policyName(layer: Layer, level: number, index: number): string {
  return `${layer}-${level}-${index}`;
}

/** The case with every policy changed; `place` is its `layer name` as in an Answer. */
export function mapPolicies(
  fuzzCase: FuzzCase,
  change: (policy: RawPolicy, place: string) => RawPolicy,
): FuzzCase {
  const { identity, boundary, scps, rcps, session, resource, request } = fuzzCase;
  const all = (layer: Layer, policies: readonly RawPolicy[], level = 0) =>
    policies.map((policy, index) => change(policy, `${layer} ${policyName(layer, level, index)}`));
  const only = (layer: Layer, policy: RawPolicy) => change(policy, `${layer} ${policyName(layer, 0, 0)}`);
  return {
    identity: all('identity', identity),
    ...(boundary && { boundary: only('boundary', boundary) }),
    ...(scps && { scps: scps.map((policies, level) => all('scp', policies, level)) }),
    ...(rcps && { rcps: rcps.map((policies, level) => all('rcp', policies, level)) }),
    ...(session && { session: only('session', session) }),
    ...(resource && { resource: only('resource', resource) }),
    request,
  };
}

export function statementsOf(policy: RawPolicy): RawStatement[] {
  return Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
}

export function many<T>(value: OneOrMany<T> | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

const compiler = new PolicyCompiler(ACTIONS.map(({ action }) => action));

/** Our engine's answer. */
export function evaluated(fuzzCase: FuzzCase): Answer {
  const { decision, matched } = decide(
    compiler.compileSet(policySet(fuzzCase)),
    fuzzCase.request satisfies Request,
  );
  return {
    decision,
    matched: matched
      .map(({ layer, policy, statement }) => `${layer} ${policy.name} ${statement.index}`)
      .sort(),
  };
}

/** Each statement that applied, beside the raw statement that it should be, for texts laid out in some way. */
export function evaluatedStatements(
  fuzzCase: FuzzCase,
  indent: string | number | undefined,
  windows: boolean,
): { matched: MatchedStatement; layer: Layer; raw: RawStatement | undefined }[] {
  const policies = new Map<string, RawPolicy>();
  mapPolicies(fuzzCase, (policy, place) => {
    policies.set(place, policy);
    return policy;
  });
  const layout = (policy: RawPolicy): string => {
    const text = JSON.stringify(policy, null, indent);
    return windows ? text.replaceAll('\n', '\r\n') : text;
  };
  const { matched } = decide(compiler.compileSet(policySet(fuzzCase, layout)), fuzzCase.request);
  return matched.map((each) => {
    const { policy, layer, statement } = each;
    const [named] = policy.name.split('-');
    const raw = policies.get(`${layer} ${policy.name}`);
    return {
      matched: each,
      layer: LAYERS.find((known) => known === named) ?? layer,
      raw: raw && statementsOf(raw)[statement.index - 1],
    };
  });
}

const LAYERS: readonly Layer[] = ['identity', 'boundary', 'scp', 'rcp', 'session', 'resource'];

/** The policies of a case as the product takes them. */
export function policySet(
  fuzzCase: FuzzCase,
  layout: (policy: RawPolicy) => string = (policy) => JSON.stringify(policy, null, 2),
): PolicySet {
  const source = (
    layer: Layer,
    type: PolicySource['type'],
    policy: RawPolicy,
    index = 0,
    level = 0,
  ): PolicySource => ({
    name: policyName(layer, level, index),
    type,
    text: layout(policy),
  });
  const { identity, boundary, scps, rcps, session, resource } = fuzzCase;
  return {
    identity: identity.map((policy, index) => source('identity', 'inline', policy, index)),
    ...(boundary && { boundary: source('boundary', 'customer-managed', boundary) }),
    ...(scps && {
      scps: scps.map((policies, level) =>
        policies.map((policy, index) => source('scp', 'scp', policy, index, level)),
      ),
    }),
    ...(rcps && {
      rcps: rcps.map((policies, level) =>
        policies.map((policy, index) => source('rcp', 'rcp', policy, index, level)),
      ),
    }),
    ...(session && { session: [source('session', 'session', session)] }),
    ...(resource && { resource: source('resource', 'resource', resource) }),
  };
}
