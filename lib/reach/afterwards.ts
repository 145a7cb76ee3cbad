/** What principals are once somebody has got at them. */
import type { PolicySource } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Getting } from './escalations.ts';

export const everything: PolicySource = {
  name: 'whatever it writes',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};
/** One list, so that work about it is shared. */
export const anyPolicies: readonly PolicySource[] = [everything];

/** Whether a principal has a policy that lets it do anything. */
export const hasAnything = ({ policies }: Principal): boolean =>
  policies.some((one) => one === everything || one.text === everything.text);

export const isWithAnything = (leads: Getting['leads']): boolean => leads.endsWith('-with-anything');

/** What a target is once somebody gets at it. */
export function afterwards({ leads, lifts }: Getting, target: Principal): Principal {
  if (!isWithAnything(leads)) return target;
  const isFree = lifts === true || target.boundary === undefined;
  const known = isFree ? withAnything.free : withAnything.bounded;
  const before = known.get(target);
  if (before !== undefined) return before;
  const { boundary: _, ...free } = target;
  const after = { ...(isFree ? free : target), policies: anyPolicies };
  known.set(target, after);
  return after;
}

/** One object for each target, so that what it can do is worked out once for all takers and rows. */
const withAnything = {
  free: new WeakMap<Principal, Principal>(),
  bounded: new WeakMap<Principal, Principal>(),
};

/**
 * What a target is by some policies more, once somebody gets at it: what it can do without them is not among it, so that
 * targets are alike to whom the same is given. One object, so that work about it is shared.
 */
export function withPolicies(
  { lifts }: Getting,
  target: Principal,
  more: readonly PolicySource[],
): Principal {
  const isFree = lifts === true || target.boundary === undefined;
  const known = isFree ? withMore.free : withMore.bounded;
  const byPolicies = known.get(target) ?? new Map<string, Principal>();
  known.set(target, byPolicies);
  const key = keyOf(more);
  const before = byPolicies.get(key);
  if (before !== undefined) return before;
  const { boundary: _, ...free } = target;
  const after = { ...(isFree ? free : target), policies: denyingAnd(target.policies, more) };
  byPolicies.set(key, after);
  return after;
}

/** Those of some policies that may deny something, with others; one list, so that work about it is shared. */
export function denyingAnd(
  policies: readonly PolicySource[],
  more: readonly PolicySource[],
): readonly PolicySource[] {
  const denying = denyingOnes.get(policies) ?? policies.filter(mayDeny);
  denyingOnes.set(policies, denying);
  if (denying.length === 0) return more;
  const byMore = joint.get(denying) ?? new WeakMap<readonly PolicySource[], readonly PolicySource[]>();
  joint.set(denying, byMore);
  const known = byMore.get(more) ?? [...denying, ...more];
  byMore.set(more, known);
  return known;
}

type PolicyList = readonly PolicySource[];
const denyingOnes = new WeakMap<PolicyList, PolicyList>();
const joint = new WeakMap<PolicyList, WeakMap<PolicyList, PolicyList>>();

const keys = new WeakMap<readonly PolicySource[], string>();

function keyOf(policies: readonly PolicySource[]): string {
  const key = keys.get(policies) ?? JSON.stringify(policies.map(({ arn, text }) => [arn, text]));
  keys.set(policies, key);
  return key;
}

const mayDeny = ({ text }: PolicySource): boolean => /Deny|\\u/.test(text);

const withMore = {
  free: new WeakMap<Principal, Map<string, Principal>>(),
  bounded: new WeakMap<Principal, Map<string, Principal>>(),
};

/** The id of a role that a principal makes for itself. */
export const NEW_ID = 'AROAOFITSOWNMAKING000';

/** A role that a principal makes for itself. */
export function newPrincipal(
  { arn }: Pick<Principal, 'arn'>,
  policies: readonly PolicySource[] = anyPolicies,
): Principal {
  const { partition, accountId } = arnParts(arn);
  return {
    kind: 'role',
    name: 'of-its-own-making',
    path: '/',
    arn: `arn:${partition}:iam::${accountId}:role/of-its-own-making`,
    id: NEW_ID,
    tags: {},
    groups: [],
    policies,
    unreadable: [],
    serviceLinked: false,
  };
}
