import type { PolicySource } from '@permission-check/iam-policy';
import { ANY_TAG, tagWords } from '#lib/account/open-tags.ts';
import type { Guardrails, OpenFacts, Principal } from '#lib/account/types.ts';
import { type Bound, boundedDocument } from './bounds.ts';
import { denyAll } from './planned-policies.ts';
import { ABOVE, type Provenance, sourceKey } from './planned-principal.ts';
import type { Value } from './types.ts';
import { unknown, unknownsIn } from './unknown.ts';

type Fields = { readonly [key: string]: Value };

/** A policy with its unknown parts settled; undefined where nothing is left of it. */
type Settle = (policy: PolicySource, key: string) => PolicySource | undefined;

/**
 * The principal with policies in which whatever asks for something that is not known of it yet (a tag, the rest of its
 * name, its path) is settled like any other unknown part; so is what stands above it.
 *
 * @param guardrails what stands above everybody
 */
export function withOpenFacts(
  principal: Principal,
  bound: Bound,
  from: Provenance,
  guardrails?: Guardrails,
): Principal {
  const facts = principal.open && unknownKeys(principal, principal.open);
  if (facts === undefined) return principal;
  const settle: Settle = (policy, key) => settled(policy, facts, bound, (name) => from.unknown(name, key));
  const own = (policy: PolicySource) => settle(policy, sourceKey(policy));
  const { boundary } = principal;
  const above = guardrails && settledGuardrails(guardrails, settle);
  return {
    ...principal,
    policies: principal.policies.flatMap((policy) => own(policy) ?? []),
    ...(boundary && { boundary: own(boundary) ?? denying(boundary) }),
    ...(above && { guardrails: above }),
  };
}

/**
 * Policies that a principal is held against, with what they ask of it that is not known settled for one bound.
 *
 * @param note is told the names of what is not known
 * @returns the policies themselves where they ask for nothing of that
 */
export function settledFor(
  principal: Principal,
  policies: readonly PolicySource[],
  bound: Bound,
  note: (name: string) => void,
): readonly (PolicySource | undefined)[] {
  const facts = principal.open && unknownKeys(principal, principal.open);
  return facts === undefined ? policies : policies.map((policy) => settled(policy, facts, bound, note));
}

/** A policy settled for one bound; itself where it asks for nothing that is not known. */
function settled(
  policy: PolicySource,
  facts: Unknowns,
  bound: Bound,
  note: (name: string) => void,
): PolicySource | undefined {
  const document = withUnknownFacts(policy.text, facts);
  if (document === undefined) return policy;
  for (const name of unknownsIn(document)) note(name);
  const text = boundedDocument(document, bound);
  return text === undefined ? undefined : { ...policy, text };
}

/** What bounds and has nothing left allows nothing. */
const denying = (policy: PolicySource): PolicySource => ({ ...policy, text: denyAll });

/** What stands above a principal of whom not all is known; undefined where none of it asks for that. */
function settledGuardrails(guardrails: Guardrails, settle: Settle): Guardrails | undefined {
  const { scps, rcps, vpcEndpoints } = guardrails;
  let isSame = true;
  const own = (policy: PolicySource): PolicySource | undefined => {
    const found = settle(policy, ABOVE);
    isSame &&= found === policy;
    return found;
  };
  const levels = (all: Guardrails['scps']) =>
    all?.map((level) => level.flatMap((policy) => own(policy) ?? []));
  const [settledScps, settledRcps] = [levels(scps), levels(rcps)];
  const settledEndpoints = vpcEndpoints?.map((policy) => own(policy) ?? denying(policy));
  if (isSame) return undefined;
  return {
    ...guardrails,
    ...(settledScps && { scps: settledScps }),
    ...(settledRcps && { rcps: settledRcps }),
    ...(settledEndpoints && { vpcEndpoints: settledEndpoints }),
  };
}

/** How the value of a context key is called that is not known of a principal; undefined for every other key. */
type Unknowns = (key: string) => string | undefined;

/** What is not known of a principal of which policies can ask; undefined where all is. */
function unknownKeys({ kind, tags }: Principal, open: OpenFacts): Unknowns | undefined {
  const { alias, name, path } = open;
  const byName = kind === 'user' ? ['aws:principalarn', 'aws:username'] : ['aws:principalarn'];
  const keys = new Set(name !== undefined ? byName : path !== undefined ? ['aws:principalarn'] : []);
  if (keys.size + open.tags.length === 0) return undefined;
  const known = new Set(Object.keys(tags).map((key) => key.toLowerCase()));
  const openTag = new Set(open.tags.map((key) => key.toLowerCase()));
  return (key) => {
    const lower = key.toLowerCase();
    if (keys.has(lower)) return `the ${lower === 'aws:username' ? 'name' : 'ARN'} of ${alias}`;
    const [, tag] = /^aws:principaltag\/(.*)$/.exec(lower) ?? [];
    if (tag === undefined) return undefined;
    const isOpen = openTag.has(tag) || (openTag.has(ANY_TAG) && !known.has(tag));
    return isOpen ? tagWords(key.slice(key.indexOf('/') + 1), alias) : undefined;
  };
}

/** A document with an unknown part wherever it asks for an open fact; undefined where it does not. */
function withUnknownFacts(text: string, facts: Unknowns): Value | undefined {
  if (!/aws:(principal|username)/i.test(text)) return undefined;
  let parsed: Value;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(parsed)) return undefined;
  // Only this version has policy variables.
  const inTexts = parsed.Version === '2012-10-17' ? (value: string) => withoutVariables(value, facts) : same;
  const statements: readonly Value[] = isList(parsed.Statement)
    ? parsed.Statement
    : [parsed.Statement ?? null];
  const Statement = statements.map((statement) =>
    isFields(statement) ? withUnknownTests(texts(statement, inTexts), facts) : statement,
  );
  const document = { ...parsed, Statement };
  return unknownsIn(document).length === 0 ? undefined : document;
}

const same = (value: string): string => value;

function withoutVariables(value: string, facts: Unknowns): string {
  return value.replaceAll(/\$\{([^},]+)[^}]*\}/g, (variable, key: string) => {
    const name = facts(key.trim());
    return name === undefined ? variable : unknown(name);
  });
}

/** Every text of a value changed. */
function texts<Of extends Value>(value: Of, change: (text: string) => string): Of;
function texts(value: Value, change: (text: string) => string): Value {
  if (typeof value === 'string') return change(value);
  if (isList(value)) return value.map((item) => texts(item, change));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, texts(item, change)]));
}

function withUnknownTests(statement: Fields, facts: Unknowns): Fields {
  const { Condition } = statement;
  if (!isFields(Condition)) return statement;
  const tests = Object.entries(Condition).map(([operator, keys]) => {
    if (!isFields(keys)) return [operator, keys] as const;
    const own = Object.entries(keys).map(([key, values]) => {
      const name = facts(key);
      return [key, name === undefined ? values : unknown(name)] as const;
    });
    return [operator, Object.fromEntries(own)] as const;
  });
  return { ...statement, Condition: Object.fromEntries(tests) };
}

function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
