/** What a single edit of an event says: of which policy, boundary, group or tags it is, and whether it is what there is now. */
import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { PolicyEdit, Tags } from '#lib/change/types.ts';

/** Where the texts of policies are found that an event names. */
export interface PolicyTexts {
  /** A managed policy by its ARN, as it is now; `undefined` where its text is gone. */
  readonly policyOf: (arn: string) => PolicySource | undefined;
  /** The policies of a group, as they are now; `undefined` where it does not exist any more. */
  readonly groupPoliciesOf: (group: string) => readonly PolicySource[] | undefined;
}

/** Names and ARNs of IAM are not distinguished by case. */
export const isSameName = (a: string | undefined, b: string | undefined): boolean =>
  (a ?? '').toLowerCase() === (b ?? '').toLowerCase();

/** Whether what an edit did is what there is now: then nothing of the kind came after it. */
export function isAsNow(
  edit: PolicyEdit,
  { name, policies, boundary, groups, tags, trust }: Principal,
  { policyOf }: PolicyTexts,
): boolean {
  const isThere = (one: AddingOrTaking) => policies.some((policy) => isTarget(policy, one));
  switch (edit.act) {
    case 'attach':
      return isThere(edit);
    case 'put':
      return policies.some((policy) => isTarget(policy, edit) && sameDocument(policy.text, edit.text));
    case 'detach':
    case 'delete':
      return !isThere(edit);
    case 'version':
      return isOfNow(edit) || sameDocument(policyOf(edit.arn)?.text, edit.text);
    case 'bound':
      return isSameName(boundary?.arn, edit.arn);
    case 'create':
      return isSameName(boundary?.arn, edit.arn) && sameTags(tagsAfter(tags, edit), tags);
    case 'trust':
      return sameDocument(trust?.text, edit.text);
    case 'tag':
    case 'untag':
      return sameTags(tagsAfter(tags, edit), tags);
    case 'unbound':
      return boundary === undefined;
    case 'hidden':
      return false;
    case 'rename':
      // Nothing comes after it under the name that is gone.
      return edit.group === undefined && !isSameName(name, edit.to);
    case 'join':
    case 'leave':
      return groups.some((group) => isSameName(group, edit.group)) === (edit.act === 'join');
  }
}

function sameDocument(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  try {
    return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
  } catch {
    return a === b;
  }
}

/** Whether it says nothing of which version it was: then it is that of now. */
export const isOfNow = ({ text, versionId }: VersionEdit): boolean =>
  text === undefined && versionId === undefined;

/** Of a managed policy: another version is the default. */
export type VersionEdit = Extract<PolicyEdit, { act: 'version' }>;
type TagEdit = Extract<PolicyEdit, { act: 'tag' | 'untag' | 'create' }>;

export const isTagEdit = (edit: PolicyEdit): edit is TagEdit =>
  edit.act === 'tag' || edit.act === 'untag' || edit.act === 'create';

/** The keys of the tags that an edit is about. */
export const keysOf = (edit: TagEdit): readonly string[] =>
  edit.act === 'untag' ? edit.keys : Object.keys(edit.tags);

/** Tags after an edit of them; IAM does not distinguish their keys by case. */
export function tagsAfter(tags: Tags, edit: TagEdit): Tags {
  const keys = keysOf(edit);
  const others = Object.entries(tags).filter(([key]) => !keys.some((one) => isSameName(one, key)));
  return { ...Object.fromEntries(others), ...(edit.act === 'untag' ? {} : edit.tags) };
}

const sameTags = (a: Tags, b: Tags): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/** Gives a policy to a principal or a group, or takes it away. */
export type AddingOrTaking = Extract<PolicyEdit, { act: 'attach' | 'detach' | 'put' | 'delete' }>;

export const isAddingOrTaking = (edit: PolicyEdit): edit is AddingOrTaking =>
  edit.act === 'attach' || edit.act === 'detach' || edit.act === 'put' || edit.act === 'delete';

/** Whether two edits are about the same policy, wherever it is attached. */
export const isSameTarget = (one: AddingOrTaking, other: AddingOrTaking): boolean =>
  'arn' in one
    ? 'arn' in other && isSameName(one.arn, other.arn)
    : !('arn' in other) && one.name === other.name;

/** The group that an edit is about, as a policy of that group says it. */
export const groupOf = ({ group }: AddingOrTaking): Pick<PolicySource, 'group'> =>
  group === undefined ? {} : { group };

/** A managed policy of which nothing but its ARN is known. */
export const policyNamedBy = (arn: string): Omit<PolicySource, 'text'> => ({
  name: arn.slice(arn.lastIndexOf('/') + 1),
  type: 'customer-managed',
  arn,
});

/** Whether an edit is about a policy that somebody has. */
export const isTarget = (policy: PolicySource, edit: AddingOrTaking): boolean =>
  isSameName(policy.group, edit.group) &&
  ('arn' in edit ? isSameName(policy.arn, edit.arn) : policy.arn === undefined && policy.name === edit.name);
