import {
  isList,
  isValues,
  optionalText,
  type Resource,
  type Resources,
  textOf,
  type Values,
} from './terraform-resources.ts';
import type { Holder, Source, Value } from './types.ts';
import { hasUnknown, isUnknown, unknown } from './unknown.ts';

/** What declarations are made with. */
export interface Setting {
  readonly resources: Resources;
  readonly partition: string;
  readonly accountId: string | undefined;
  readonly sourceOf: (resource: Resource) => Source;
}

/** Of the deployment. */
export type Side = 'before' | 'after';
export type Kind = Holder['kind'];

/** A name of its own, one with a chosen beginning, or one that the provider chooses. */
export function nameOf(from: Resource, values: Values): string {
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
export function nameIn(
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
export function namesIn(
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

/** The ARN of a policy that an argument gives, or refers to. */
export function arnIn(
  from: Resource,
  values: Values,
  argument: string,
  side: Side,
  setting: Setting,
): string {
  const value = textOf(values, argument, from.address);
  if (!isUnknown(value)) return value;
  const target = setting.resources.referred(from, argument, ['aws_iam_policy']);
  return target === undefined ? value : policyArn(target, side, setting);
}

/** The ARN of a policy; known also before it is made where its name and the account are. */
export function policyArn(policy: Resource, side: Side, setting: Setting): string {
  const values = policy[side] ?? policy.after ?? policy.before ?? {};
  const given = optionalText(values, 'arn');
  if (given !== undefined && !isUnknown(given)) return given;
  const path = optionalText(values, 'path') ?? '/';
  return arnOf(setting, `policy${path}${nameOf(policy, values)}`, `${policy.address}.arn`);
}

/** An ARN in IAM; its account may not be known. */
export function arnOf({ partition, accountId }: Setting, resource: string, name: string): string {
  return accountId === undefined
    ? `arn:${partition}:iam::${unknown(name)}:${resource}`
    : `arn:${partition}:iam::${accountId}:${resource}`;
}

/** The role that Identity Center makes of a permission set; the end of its name is not known. */
export function permissionSetRole(values: Values, address: string): string {
  return `AWSReservedSSO_${textOf(values, 'name', address)}_${unknown(`${address} role`)}`;
}

/** The role of the permission set that an argument refers to. */
export function permissionSetOf(from: Resource, values: Values, side: Side, { resources }: Setting): Holder {
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
export function listOf(value: Value | undefined): string[] | undefined {
  if (!isList(value)) return undefined;
  return value.map((item) => (typeof item === 'string' ? item : unknown('item')));
}

/** The tags whose values are known. */
export function tagsOf({ tags_all, tags }: Values): Record<string, string> {
  const own: Record<string, string> = Object.create(null);
  for (const list of [tags, tags_all]) {
    if (!isValues(list)) continue;
    for (const [key, value] of Object.entries(list))
      if (typeof value === 'string' && !hasUnknown(value)) own[key] = value;
  }
  return own;
}
