import { ANY_TAG } from '#lib/account/open-tags.ts';
import {
  isList,
  isValues,
  optionalText,
  type Resource,
  type Resources,
  textOf,
  type Values,
} from './terraform-resources.ts';
import type { BareDeclaration, Holder, PrincipalDeclaration, Source, Value } from './types.ts';
import { hasUnknown, isUnknown, unknown } from './unknown.ts';

/** What declarations are made with. */
export interface Setting {
  readonly resources: Resources;
  readonly partition: string;
  readonly accountId: string | undefined;
  readonly sourceOf: (resource: Resource) => Source;
}

/** What a resource says about IAM on one side. */
export type Reader = (
  from: Resource,
  values: Values,
  side: Side,
  setting: Setting,
) => readonly BareDeclaration[];

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

/** Names of holders in a list; of unknown items, whom they refer to where that is certain. */
export function namesIn(
  from: Resource,
  values: Values,
  argument: string,
  kind: Kind,
  side: Side,
  { resources }: Setting,
): string[] {
  return itemsIn(from, values, argument, resources.allReferred(from, argument, [typeOf[kind]]), (target) =>
    nameOf(target, target[side] ?? target.after ?? target.before ?? {}),
  );
}

/** ARNs of policies in a list; of unknown items, which they refer to where that is certain. */
export function arnsIn(
  from: Resource,
  values: Values,
  argument: string,
  side: Side,
  setting: Setting,
): string[] {
  const targets = setting.resources.allReferred(from, argument, ['aws_iam_policy']);
  return itemsIn(from, values, argument, targets, (target) => policyArn(target, side, setting));
}

/** The texts of a list that refers to nothing that is followed. */
export function textsIn(from: Resource, values: Values, argument: string): string[] {
  return itemsIn(from, values, argument, [], () => '');
}

/** These managed policies, and no others. */
export function exactly(to: Holder, policyArns: readonly string[]): BareDeclaration[] {
  return [
    ...policyArns.map((policyArn) => ({ is: 'attachment', to, policyArn }) as const),
    { is: 'only-attachments', to, policyArns },
  ];
}

/** The items of a list, those of a list that is unknown as a whole as one. */
function itemsIn(
  from: Resource,
  values: Values,
  argument: string,
  targets: readonly Resource[],
  called: (target: Resource) => string,
): string[] {
  const value = values[argument];
  if (value === undefined || value === null) return [];
  const items = listOf(value, `${from.address}.${argument}`) ?? [unknown(`${from.address}.${argument}`)];
  const known: readonly string[] = items.filter((item) => !hasUnknown(item));
  const open = items.length - known.length;
  // Each unknown item is one of those that are not in the list yet, where there are no more of them than items.
  const others = [...new Set(targets.map(called))].filter((item) => !known.includes(item));
  return isList(value) && others.length === open ? [...known, ...others] : items;
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

/**
 * The texts of a list; undefined where the list is unknown as a whole, or there is none.
 *
 * @param name what the list is called.
 */
export function listOf(value: Value | undefined, name: string): string[] | undefined {
  if (!isList(value)) return undefined;
  return value.map((item, index) => (typeof item === 'string' ? item : unknown(`${name}[${index}]`)));
}

/** The tags whose values are known, and the keys of the others. */
export function tagsOf({ tags_all, tags }: Values): Pick<PrincipalDeclaration, 'tags' | 'openTags'> {
  const own: Record<string, string> = Object.create(null);
  const open = new Set<string>();
  for (const list of [tags_all, tags]) {
    if (isUnknown(list)) open.add(ANY_TAG);
    if (!isValues(list)) continue;
    for (const [key, value] of Object.entries(list)) {
      if (typeof value !== 'string') continue;
      if (hasUnknown(value)) open.add(key);
      else own[key] = value;
    }
  }
  const openTags = [...open].filter((key) => !Object.hasOwn(own, key));
  return { tags: own, ...(openTags.length > 0 ? { openTags } : {}) };
}
