import { arnsIn, exactly, listOf, nameOf, type Setting, type Side } from './terraform-names.ts';
import {
  isList,
  isValues,
  type Resource,
  type Resources,
  textOf,
  type Values,
} from './terraform-resources.ts';
import { type BareDeclaration, type Declaration, declarationKey, type Source, type Value } from './types.ts';
import { unknown } from './unknown.ts';

/**
 * What a role says of its own policies. The two arguments are also a snapshot of the account, so they count only where
 * the configuration sets them: then IAM loses every other policy of the role.
 */
export function ownPolicies(from: Resource, values: Values, side: Side, setting: Setting): BareDeclaration[] {
  const of = { kind: 'role', name: nameOf(from, values) } as const;
  const found: BareDeclaration[] = [];
  if (isManaged(from, 'inline_policy', side)) {
    const policies = inlineOf(values, from.address);
    found.push(...policies.map((policy) => ({ is: 'inline-policy', of, ...policy }) as const));
    if (isList(values.inline_policy)) {
      found.push({ is: 'only-inline-policies', of, names: policies.map(({ name }) => name) });
    }
  }
  if (isManaged(from, 'managed_policy_arns', side)) {
    found.push(...exactly(of, arnsIn(from, values, 'managed_policy_arns', side, setting)));
  }
  return found;
}

/** Set by the configuration; a `dynamic` block shows only by what it makes of a role. */
function isManaged(from: Resource, argument: 'inline_policy' | 'managed_policy_arns', side: Side): boolean {
  const { before, after, change } = from;
  if (change === undefined) return false;
  if (configured.get(from)?.has(argument)) return true;
  const there = after?.[argument];
  if (side === 'before' || !isList(there) || there.length === 0) return false;
  return JSON.stringify(before?.[argument] ?? null) !== JSON.stringify(there);
}

/** The arguments of roles that the configuration sets. */
const configured = new WeakMap<Resource, ReadonlySet<string>>();

/** Takes note of which arguments of a role the configuration sets. */
export function noteConfigured(resource: Resource, resources: Resources): void {
  const set = ['inline_policy', 'managed_policy_arns'].filter((one) =>
    resources.references.sets(resource.address, one),
  );
  configured.set(resource, new Set(set));
}

/**
 * Policies of a role that no other resource of the plan owns, as the last look at the account showed them: attached by
 * hand, or by another configuration. They stay.
 *
 * @param owned the `declarationKey`s of what resources of the plan own.
 */
export function snapshotOf(resource: Resource, owned: ReadonlySet<string>, source: Source): Declaration[] {
  const values = resource.before;
  if (resource.type !== 'aws_iam_role' || values === undefined) return [];
  const of = { kind: 'role', name: nameOf(resource, values) } as const;
  const found: Declaration[] = [];
  if (!isManaged(resource, 'inline_policy', 'after')) {
    for (const policy of inlineOf(values, resource.address))
      found.push({ is: 'inline-policy', of, ...policy, source });
  }
  if (!isManaged(resource, 'managed_policy_arns', 'after')) {
    const arns = listOf(values.managed_policy_arns, `${resource.address}.managed_policy_arns`) ?? [];
    for (const policyArn of arns) found.push({ is: 'attachment', to: of, policyArn, source });
  }
  return found.filter((one) => !owned.has(declarationKey(one)));
}

interface InlinePolicy {
  readonly name: string;
  readonly document: Value;
}

function inlineOf(values: Values, address: string): InlinePolicy[] {
  const list = values.inline_policy;
  if (list === undefined || list === null) return [];
  if (!isList(list))
    return [{ name: unknown(`${address}.inline_policy`), document: unknown(`${address}.inline_policy`) }];
  // An empty block stands for: no inline policies.
  return list.flatMap((policy, index): InlinePolicy[] => {
    if (!isValues(policy)) return [{ name: unknown(`${address}.inline_policy[${index}]`), document: policy }];
    const { policy: document } = policy;
    if (document === undefined || document === null || document === '') return [];
    return [{ name: textOf(policy, 'name', `${address}.inline_policy[${index}]`), document }];
  });
}
