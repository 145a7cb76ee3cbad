import { documentOf } from './terraform-documents.ts';
import {
  isList,
  isValues,
  optionalText,
  type Resource,
  type Resources,
  textOf,
  type Values,
} from './terraform-resources.ts';
import type { BareDeclaration, Declaration, Holder, Source, Value } from './types.ts';
import { hasUnknown, isUnknown, unknown } from './unknown.ts';

/** What declarations are made with. */
export interface Setting {
  readonly resources: Resources;
  readonly partition: string;
  readonly accountId: string | undefined;
  readonly sourceOf: (resource: Resource) => Source;
}

type Side = 'before' | 'after';
type Kind = Holder['kind'];

type Reader = (from: Resource, values: Values, side: Side, setting: Setting) => readonly BareDeclaration[];

/** What a resource says about IAM before or after the deployment; nothing for a type that says nothing. */
export function declarationsOf(resource: Resource, side: Side, setting: Setting): Declaration[] {
  const reader = readers[resource.type];
  const values = resource[side];
  if (reader === undefined || values === undefined) return [];
  const source = setting.sourceOf(resource);
  return reader(resource, values, side, setting).map((one): Declaration => ({ ...one, source }));
}

/** Whether a resource type is read here. */
export const isRead = (type: string): boolean => readers[type] !== undefined;

const permissionSetPath = '/aws-reserved/sso.amazonaws.com/';

const readers: Readonly<Record<string, Reader>> = {
  aws_iam_role: (from, values, side, setting) => [
    principal('role', from, values, side, setting),
    ...ownPolicies(from, values, side),
  ],
  aws_iam_user: (from, values, side, setting) => [principal('user', from, values, side, setting)],
  aws_iam_group: (from, values, side, setting) => [principal('group', from, values, side, setting)],
  aws_iam_policy: (from, values, side, setting) => [
    {
      is: 'managed-policy',
      arn: policyArn(from, side, setting),
      name: nameOf(from, values),
      document: documentOf(setting.resources, from, values, 'policy'),
    },
  ],
  aws_iam_role_policy: inlinePolicy('role'),
  aws_iam_user_policy: inlinePolicy('user'),
  aws_iam_group_policy: inlinePolicy('group'),
  aws_iam_role_policy_attachment: attachment('role'),
  aws_iam_user_policy_attachment: attachment('user'),
  aws_iam_group_policy_attachment: attachment('group'),
  aws_iam_policy_attachment: (from, values, side, setting) => {
    const policyArn = arnIn(from, values, 'policy_arn', side, setting);
    const holders = (['user', 'role', 'group'] as const).flatMap((kind) =>
      namesIn(from, values, `${kind}s`, kind, side, setting).map((name): Holder => ({ kind, name })),
    );
    return [
      ...holders.map((to) => ({ is: 'attachment', to, policyArn }) as const),
      { is: 'only-attached-to', policyArn, holders },
    ];
  },
  aws_iam_group_membership: (from, values, side, setting) => {
    const group = nameIn(from, values, 'group', 'group', side, setting);
    const users = namesIn(from, values, 'users', 'user', side, setting);
    return [
      ...users.map((user) => ({ is: 'membership', user, group }) as const),
      { is: 'only-members', group, users },
    ];
  },
  aws_iam_user_group_membership: (from, values, side, setting) => {
    const user = nameIn(from, values, 'user', 'user', side, setting);
    return namesIn(from, values, 'groups', 'group', side, setting).map((group) => ({
      is: 'membership',
      user,
      group,
    }));
  },
  aws_iam_role_policies_exclusive: onlyInlinePolicies('role'),
  aws_iam_user_policies_exclusive: onlyInlinePolicies('user'),
  aws_iam_group_policies_exclusive: onlyInlinePolicies('group'),
  aws_iam_role_policy_attachments_exclusive: onlyAttachments('role'),
  aws_iam_user_policy_attachments_exclusive: onlyAttachments('user'),
  aws_iam_group_policy_attachments_exclusive: onlyAttachments('group'),
  aws_ssoadmin_permission_set: (from, values, side) => [
    {
      is: 'principal',
      kind: 'role',
      name: permissionSetRole(values, from.address),
      alias: from.address,
      path: permissionSetPath,
      tags: tagsOf(values),
      isNew: side === 'after' && !from.actions.includes('update'),
    },
  ],
  aws_ssoadmin_permission_set_inline_policy: (from, values, side, setting) => [
    {
      is: 'inline-policy',
      of: permissionSetOf(from, values, side, setting),
      name: 'AwsSSOInlinePolicy',
      document: documentOf(setting.resources, from, values, 'inline_policy'),
    },
  ],
  aws_ssoadmin_managed_policy_attachment: (from, values, side, setting) => [
    {
      is: 'attachment',
      to: permissionSetOf(from, values, side, setting),
      policyArn: arnIn(from, values, 'managed_policy_arn', side, setting),
    },
  ],
  aws_ssoadmin_customer_managed_policy_attachment: (from, values, side, setting) => {
    const [reference] = isList(values.customer_managed_policy_reference)
      ? values.customer_managed_policy_reference
      : [];
    const named = isValues(reference) ? reference : {};
    const path = optionalText(named, 'path') ?? '/';
    const name = textOf(named, 'name', `${from.address}.customer_managed_policy_reference`);
    return [
      {
        is: 'attachment',
        to: permissionSetOf(from, values, side, setting),
        policyArn: arnOf(setting, `policy${path}${name}`, `${from.address} policy`),
      },
    ];
  },
};

function inlinePolicy(kind: Kind): Reader {
  return (from, values, side, setting) => [
    {
      is: 'inline-policy',
      of: { kind, name: nameIn(from, values, kind, kind, side, setting) },
      name: nameOf(from, values),
      document: documentOf(setting.resources, from, values, 'policy'),
    },
  ];
}

function attachment(kind: Kind): Reader {
  return (from, values, side, setting) => [
    {
      is: 'attachment',
      to: { kind, name: nameIn(from, values, kind, kind, side, setting) },
      policyArn: arnIn(from, values, 'policy_arn', side, setting),
    },
  ];
}

function onlyInlinePolicies(kind: Kind): Reader {
  return (from, values, side, setting) => {
    const names = listOf(values.policy_names);
    if (names === undefined) return [];
    return [
      {
        is: 'only-inline-policies',
        of: { kind, name: nameIn(from, values, `${kind}_name`, kind, side, setting) },
        names,
      },
    ];
  };
}

function onlyAttachments(kind: Kind): Reader {
  return (from, values, side, setting) => {
    const policyArns = listOf(values.policy_arns);
    if (policyArns === undefined) return [];
    const to = { kind, name: nameIn(from, values, `${kind}_name`, kind, side, setting) };
    return [{ is: 'only-attachments', to, policyArns }];
  };
}

function principal(
  kind: Kind,
  from: Resource,
  values: Values,
  side: Side,
  setting: Setting,
): BareDeclaration {
  const boundary = values.permissions_boundary;
  const replaced = from.actions.includes('create');
  return {
    is: 'principal',
    kind,
    name: nameOf(from, values),
    alias: from.address,
    path: optionalText(values, 'path') ?? '/',
    ...(boundary === undefined || boundary === null || boundary === ''
      ? {}
      : { boundaryArn: arnIn(from, values, 'permissions_boundary', side, setting) }),
    ...(kind === 'role' ? { trust: documentOf(setting.resources, from, values, 'assume_role_policy') } : {}),
    tags: tagsOf(values),
    isNew: side === 'after' && replaced,
  };
}

/**
 * What a role says of its own policies. The two arguments are also a snapshot of the account, so they count only where
 * the configuration sets them: then IAM loses every other policy of the role.
 */
function ownPolicies(from: Resource, values: Values, side: Side): BareDeclaration[] {
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
    const policyArns = listOf(values.managed_policy_arns);
    const all = policyArns ?? [unknown(`${from.address}.managed_policy_arns`)];
    found.push(...all.map((policyArn) => ({ is: 'attachment', to: of, policyArn }) as const));
    if (policyArns !== undefined) found.push({ is: 'only-attachments', to: of, policyArns });
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
 */
export function snapshotOf(resource: Resource, owned: ReadonlySet<string>, source: Source): Declaration[] {
  const values = resource.before;
  if (resource.type !== 'aws_iam_role' || values === undefined) return [];
  const of = { kind: 'role', name: nameOf(resource, values) } as const;
  const found: Declaration[] = [];
  if (!isManaged(resource, 'inline_policy', 'after')) {
    for (const policy of inlineOf(values, resource.address)) {
      const known = owned.has(`${of.name} inline ${policy.name}`);
      if (!known) found.push({ is: 'inline-policy', of, ...policy, source });
    }
  }
  if (!isManaged(resource, 'managed_policy_arns', 'after')) {
    for (const policyArn of listOf(values.managed_policy_arns) ?? []) {
      if (!owned.has(`${of.name} ${policyArn}`)) found.push({ is: 'attachment', to: of, policyArn, source });
    }
  }
  return found;
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

/** A name of its own, one with a chosen beginning, or one that the provider chooses. */
function nameOf(from: Resource, values: Values): string {
  const name = values.name;
  if (typeof name === 'string' && name !== '' && !isUnknown(name)) return name;
  const prefix = optionalText(values, 'name_prefix');
  const rest = unknown(`${from.address}.name`);
  return prefix === undefined || hasUnknown(prefix) ? rest : `${prefix}${rest}`;
}

const typeOf: Readonly<Record<Kind, string>> = {
  role: 'aws_iam_role',
  user: 'aws_iam_user',
  group: 'aws_iam_group',
};

/** The name of a holder that an argument gives, or refers to. */
function nameIn(
  from: Resource,
  values: Values,
  argument: string,
  kind: Kind,
  side: Side,
  { resources }: Setting,
): string {
  const value = textOf(values, argument, from.address);
  if (!isUnknown(value)) return value;
  const target = resources.referred(from, argument, [typeOf[kind]]);
  const named = target?.[side] ?? target?.after ?? target?.before;
  return target === undefined || named === undefined ? value : nameOf(target, named);
}

/** Names of holders in a list; every one that an unknown item may refer to. */
function namesIn(
  from: Resource,
  values: Values,
  argument: string,
  kind: Kind,
  side: Side,
  { resources }: Setting,
): string[] {
  const value = values[argument];
  if (value === undefined || value === null) return [];
  const items = listOf(value) ?? [unknown(`${from.address}.${argument}`)];
  const open = items.filter(isUnknown).length;
  if (open === 0) return items;
  const targets = resources.allReferred(from, argument, [typeOf[kind]]);
  if (!isList(value) || targets.length < open) return items;
  const names = targets.map((target) => nameOf(target, target[side] ?? target.after ?? {}));
  return [...new Set([...items.filter((item) => !isUnknown(item)), ...names])];
}

function arnIn(from: Resource, values: Values, argument: string, side: Side, setting: Setting): string {
  const value = textOf(values, argument, from.address);
  if (!isUnknown(value)) return value;
  const target = setting.resources.referred(from, argument, ['aws_iam_policy']);
  return target === undefined ? value : policyArn(target, side, setting);
}

/** The ARN of a policy; known also before it is made where its name and the account are. */
function policyArn(policy: Resource, side: Side, setting: Setting): string {
  const values = policy[side] ?? policy.after ?? policy.before ?? {};
  const given = optionalText(values, 'arn');
  if (given !== undefined && !isUnknown(given)) return given;
  const path = optionalText(values, 'path') ?? '/';
  return arnOf(setting, `policy${path}${nameOf(policy, values)}`, `${policy.address}.arn`);
}

function arnOf({ partition, accountId }: Setting, resource: string, name: string): string {
  return accountId === undefined
    ? `arn:${partition}:iam::${unknown(name)}:${resource}`
    : `arn:${partition}:iam::${accountId}:${resource}`;
}

function permissionSetRole(values: Values, address: string): string {
  return `AWSReservedSSO_${textOf(values, 'name', address)}_${unknown(`${address} role`)}`;
}

function permissionSetOf(from: Resource, values: Values, side: Side, { resources }: Setting): Holder {
  const type = 'aws_ssoadmin_permission_set';
  const arn = values.permission_set_arn;
  const known = resources.all.find(
    (one) =>
      one.type === type &&
      typeof arn === 'string' &&
      !isUnknown(arn) &&
      (one.after ?? one.before)?.arn === arn,
  );
  const set = known ?? resources.referred(from, 'permission_set_arn', [type]);
  const of = set?.[side] ?? set?.after ?? set?.before;
  const name =
    set === undefined || of === undefined
      ? `AWSReservedSSO_${unknown(`${from.address}.permission_set_arn`)}`
      : permissionSetRole(of, set.address);
  return { kind: 'role', name };
}

/** The texts of a list; undefined where the list is unknown as a whole, or there is none. */
function listOf(value: Value | undefined): string[] | undefined {
  if (!isList(value)) return undefined;
  return value.map((item) => (typeof item === 'string' ? item : unknown('item')));
}

function tagsOf({ tags_all, tags }: Values): Record<string, string> {
  const own: Record<string, string> = Object.create(null);
  for (const list of [tags, tags_all]) {
    if (!isValues(list)) continue;
    for (const [key, value] of Object.entries(list))
      if (typeof value === 'string' && !hasUnknown(value)) own[key] = value;
  }
  return own;
}
