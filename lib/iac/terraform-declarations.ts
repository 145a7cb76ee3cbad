import { documentOf } from './terraform-documents.ts';
import {
  arnIn,
  arnOf,
  type Kind,
  listOf,
  nameIn,
  nameOf,
  namesIn,
  permissionSetOf,
  permissionSetRole,
  policyArn,
  type Setting,
  type Side,
  tagsOf,
} from './terraform-names.ts';
import { isList, isValues, optionalText, type Resource, textOf, type Values } from './terraform-resources.ts';
import { ownPolicies } from './terraform-role-policies.ts';
import type { BareDeclaration, Declaration, Holder } from './types.ts';

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
