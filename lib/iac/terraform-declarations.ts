import { cloudControlReaders } from './terraform-cloud-control.ts';
import { documentOf } from './terraform-documents.ts';
import {
  arnIn,
  arnsIn,
  exactly,
  type Kind,
  nameIn,
  nameOf,
  namesIn,
  policyArn,
  type Reader,
  type Setting,
  type Side,
  tagsOf,
  textsIn,
} from './terraform-names.ts';
import { permissionSetReaders } from './terraform-permission-sets.ts';
import { optionalText, type Resource, type Values } from './terraform-resources.ts';
import { ownPolicies } from './terraform-role-policies.ts';
import type { BareDeclaration, Declaration, Holder } from './types.ts';

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

const readers: Readonly<Record<string, Reader>> = {
  aws_iam_role: (from, values, side, setting) => [
    principal('role', from, values, side, setting),
    ...ownPolicies(from, values, side, setting),
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
  ...permissionSetReaders,
  ...cloudControlReaders,
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
  return (from, values, side, setting) => [
    {
      is: 'only-inline-policies',
      of: { kind, name: nameIn(from, values, `${kind}_name`, kind, side, setting) },
      names: textsIn(from, values, 'policy_names'),
    },
  ];
}

/** The provider attaches what is listed, and detaches all else. */
function onlyAttachments(kind: Kind): Reader {
  return (from, values, side, setting) => {
    const to = { kind, name: nameIn(from, values, `${kind}_name`, kind, side, setting) };
    return exactly(to, arnsIn(from, values, 'policy_arns', side, setting));
  };
}

/** The provider calls a role that the configuration gives no name `terraform-` and a number. */
const isNamedByProvider = ({ address, type }: Resource, { resources: { references } }: Setting): boolean =>
  type === 'aws_iam_role' &&
  references.leavesOut(address, 'name') &&
  references.leavesOut(address, 'name_prefix');

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
    ...(isNamedByProvider(from, setting) && { nameBegins: 'terraform-' }),
    path: optionalText(values, 'path') ?? '/',
    ...(boundary === undefined || boundary === null || boundary === ''
      ? {}
      : { boundaryArn: arnIn(from, values, 'permissions_boundary', side, setting) }),
    ...(kind === 'role' ? { trust: documentOf(setting.resources, from, values, 'assume_role_policy') } : {}),
    ...tagsOf(values),
    isNew: side === 'after' && replaced,
  };
}
