import { documentOf } from './terraform-documents.ts';
import {
  arnIn,
  arnOf,
  arnsIn,
  exactly,
  type Reader,
  type Setting,
  type Side,
  tagsOf,
} from './terraform-names.ts';
import { isList, isValues, optionalText, type Resource, textOf, type Values } from './terraform-resources.ts';
import type { Holder, Value } from './types.ts';
import { isUnknown, unknown } from './unknown.ts';

const path = '/aws-reserved/sso.amazonaws.com/';

/** Permission sets of IAM Identity Center: each is a role in the accounts that it is assigned to. */
export const permissionSetReaders: Readonly<Record<string, Reader>> = {
  aws_ssoadmin_permission_set: (from, values, side, setting) => {
    const name = permissionSetRole(values, from.address);
    const boundaryArn = boundaryOf(name, side, setting);
    return [
      {
        is: 'principal',
        kind: 'role',
        name,
        alias: from.address,
        path,
        ...(boundaryArn === undefined ? {} : { boundaryArn }),
        ...tagsOf(values),
        isNew: side === 'after' && from.actions.includes('create'),
      },
    ];
  },
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
  aws_ssoadmin_customer_managed_policy_attachment: (from, values, side, setting) => [
    {
      is: 'attachment',
      to: permissionSetOf(from, values, side, setting),
      policyArn: referenceArn(from, firstOf(values.customer_managed_policy_reference), setting),
    },
  ],
  // Each kind of policy has an exclusive list of its own, so neither says that there are no others.
  aws_ssoadmin_managed_policy_attachments_exclusive: (from, values, side, setting) =>
    exactly(
      permissionSetOf(from, values, side, setting),
      arnsIn(from, values, 'managed_policy_arns', side, setting),
    ).filter(({ is }) => is === 'attachment'),
  aws_ssoadmin_customer_managed_policy_attachments_exclusive: (from, values, side, setting) => {
    const to = permissionSetOf(from, values, side, setting);
    const references = values.customer_managed_policy_reference ?? [];
    return (isList(references) ? references : [references]).map((reference) => ({
      is: 'attachment',
      to,
      policyArn: referenceArn(from, reference, setting),
    }));
  },
};

const firstOf = (list: Value | undefined): Value | undefined => (isList(list) ? list[0] : list);

/** The ARN of a customer managed policy that is named by path and name. */
function referenceArn(from: Resource, reference: Value | undefined, setting: Setting): string {
  if (!isValues(reference)) return unknown(`${from.address}.customer_managed_policy_reference`);
  const name = textOf(reference, 'name', `${from.address}.customer_managed_policy_reference`);
  return arnOf(setting, `policy${optionalText(reference, 'path') ?? '/'}${name}`, `${from.address} policy`);
}

/** The permissions boundary that a resource of its own gives a permission set. */
function boundaryOf(role: string, side: Side, setting: Setting): string | undefined {
  for (const from of setting.resources.all) {
    const values = from[side];
    if (from.type !== 'aws_ssoadmin_permissions_boundary_attachment' || values === undefined) continue;
    if (permissionSetOf(from, values, side, setting).name !== role) continue;
    const boundary = firstOf(values.permissions_boundary);
    if (!isValues(boundary)) return unknown(`${from.address}.permissions_boundary`);
    const reference = firstOf(boundary.customer_managed_policy_reference);
    return isValues(reference)
      ? referenceArn(from, reference, setting)
      : textOf(boundary, 'managed_policy_arn', `${from.address}.permissions_boundary`);
  }
  return undefined;
}

/** The role that Identity Center makes of a permission set; the end of its name is not known. */
function permissionSetRole(values: Values, address: string): string {
  return `AWSReservedSSO_${textOf(values, 'name', address)}_${unknown(`${address} role`)}`;
}

/** The role of the permission set that an argument refers to. */
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
