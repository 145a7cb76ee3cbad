import { contextValue, type PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { PolicyEdit, Tags } from '#lib/change/types.ts';
import type { Access } from './access.ts';
import {
  type AddingOrTaking,
  groupOf,
  isAddingOrTaking,
  isOfNow,
  isSameName,
  isSameTarget,
  isTagEdit,
  isTarget,
  keysOf,
  type PolicyTexts,
  policyNamedBy,
  tagsAfter,
  type VersionEdit,
} from './policy-edits.ts';

/** The policies that bind a principal after an edit. */
export interface EditedBinding {
  readonly policies: readonly PolicySource[];
  readonly boundary: PolicySource | undefined;
  readonly tags: Tags;
  /** Of a role, who may assume it, without a text where nobody knows; absent: as before all edits. */
  readonly trust?: EditedTrust | undefined;
  /** Whose text is gone: in `policies` it allows everything, as a boundary it limits nothing, so that this is the most it may be. */
  readonly unknown: readonly string[];
}

export interface EditedTrust {
  readonly text?: string | undefined;
}

const allowing = (action: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
  });
/** The text of a policy that is gone: it may have allowed anything. */
const anything = allowing('*');
/** The text of a policy that is known to have said nothing of the service. */
export const silence = allowing('none:None');

/**
 * What binds a principal after each of some edits, one after the other on an access that was known.
 *
 * @param now the principal as it is after them: says what else is attached to it
 * @param edits oldest first
 */
export function bindingsAfter(
  past: Access,
  edits: readonly PolicyEdit[],
  now: Pick<Principal, 'policies' | 'tags'>,
  texts: PolicyTexts,
): readonly EditedBinding[] {
  const edited = new EditedBindings(past, edits, now, texts);
  return edits.map((edit) => edited.apply(edit));
}

/** The tags before some edits: those of now, and of what was edited what the look before shows. */
function tagsAtFirst(past: Access, edits: readonly PolicyEdit[], now: Tags): Tags {
  const keys = edits.flatMap((edit) => (isTagEdit(edit) ? keysOf(edit) : []));
  const others = tagsAfter(now, { act: 'untag', keys });
  const known = keys.flatMap((key) => {
    const value = contextValue(past.facts, `aws:PrincipalTag/${key}`);
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  return { ...others, ...Object.fromEntries(known) };
}

class EditedBindings {
  readonly #texts: PolicyTexts;
  #policies: readonly PolicySource[];
  #boundary: PolicySource | undefined;
  #tags: Tags;
  #trust: EditedTrust | undefined;
  /** Of groups that are joined, or left, in between; by name in lower case. */
  readonly #groups = new Map<string, readonly PolicySource[]>();
  /** In lower case. */
  readonly #memberOf = new Set<string>();
  readonly #gone = new Set<PolicySource>();
  /** Managed policies that get another version in between, as they are at the time; by ARN in lower case. */
  readonly #versions = new Map<string, PolicySource>();

  constructor(
    past: Access,
    edits: readonly PolicyEdit[],
    now: Pick<Principal, 'policies' | 'tags'>,
    texts: PolicyTexts,
  ) {
    this.#texts = texts;
    this.#boundary = past.boundary;
    this.#tags = tagsAtFirst(past, edits, now.tags);
    this.#policies = [...past.policies, ...silentAtFirst(past, edits, now)];
    for (const edit of edits) if (edit.act === 'version') this.#enterVersion(edit, past);
    for (const edit of edits) this.#enter(edit, edits, past);
  }

  apply(edit: PolicyEdit): EditedBinding {
    this.#take(edit);
    const all = [...this.#policies, ...(this.#boundary === undefined ? [] : [this.#boundary])];
    const gone = all.filter((policy) => this.#gone.has(policy));
    return {
      policies: this.#policies,
      boundary: this.#boundary && this.#gone.has(this.#boundary) ? undefined : this.#boundary,
      tags: this.#tags,
      trust: this.#trust,
      unknown: gone.map(({ arn, name }) => arn ?? name),
    };
  }

  #take(edit: PolicyEdit): void {
    if (edit.act === 'create') this.#tags = edit.tags;
    else if (isTagEdit(edit)) this.#tags = tagsAfter(this.#tags, edit);
    if (edit.act === 'create') this.#trust = { text: edit.trust };
    else if (edit.act === 'trust') this.#trust = { text: edit.text };
    if (edit.act === 'bound' || edit.act === 'create')
      this.#boundary = edit.arn === undefined ? undefined : this.#managed(edit.arn);
    else if (edit.act === 'unbound') this.#boundary = undefined;
    else if (edit.act === 'join') this.#join(edit.group);
    else if (edit.act === 'leave') this.#leave(edit.group);
    else if (edit.act === 'version') this.#rewrite(edit);
    else if (isAddingOrTaking(edit)) this.#edit(edit);
  }

  #edit(edit: AddingOrTaking): void {
    const group = edit.group?.toLowerCase();
    const change = (policies: readonly PolicySource[]) => [
      ...policies.filter((policy) => !isTarget(policy, edit)),
      ...this.#addedBy(edit),
    ];
    const ofGroup = group === undefined ? undefined : this.#groups.get(group);
    if (group !== undefined && ofGroup !== undefined) this.#groups.set(group, change(ofGroup));
    if (group === undefined || ofGroup === undefined || this.#memberOf.has(group))
      this.#policies = change(this.#policies);
  }

  #addedBy(edit: AddingOrTaking): PolicySource[] {
    if (edit.act === 'detach' || edit.act === 'delete') return [];
    const group = groupOf(edit);
    if ('arn' in edit) {
      const managed = this.#managed(edit.arn);
      return [this.#remembered({ ...managed, ...group }, this.#gone.has(managed))];
    }
    const { name, text } = edit;
    return [this.#remembered({ name, type: 'inline', text: text ?? anything, ...group }, text === undefined)];
  }

  /** Another default version of a managed policy, for all that it is attached to or limits. */
  #rewrite(edit: VersionEdit): void {
    const { arn } = edit;
    const now = isOfNow(edit) ? this.#texts.policyOf(arn) : undefined;
    const { text: known, versionId } = now ?? edit;
    const next = (policy: PolicySource): PolicySource => {
      if (!isSameName(policy.arn, arn)) return policy;
      // Which number a new version has, its event need not say.
      const { versionId: _, ...rest } = policy;
      const numbered = versionId === undefined ? rest : { ...rest, versionId };
      return this.#remembered({ ...numbered, text: known ?? anything }, known === undefined);
    };
    this.#versions.set(arn.toLowerCase(), next(this.#managed(arn)));
    // Nobody has a policy that is being made.
    if (edit.isFirst) return;
    this.#policies = this.#policies.map(next);
    this.#boundary = this.#boundary && next(this.#boundary);
    for (const [group, policies] of this.#groups) this.#groups.set(group, policies.map(next));
  }

  #join(group: string): void {
    this.#leave(group);
    const name = group.toLowerCase();
    this.#memberOf.add(name);
    this.#policies = [...this.#policies, ...(this.#groups.get(name) ?? [])];
  }

  #leave(group: string): void {
    this.#memberOf.delete(group.toLowerCase());
    this.#policies = this.#policies.filter((policy) => !isSameName(policy.group, group));
  }

  #managed(arn: string): PolicySource {
    const known = this.#versions.get(arn.toLowerCase()) ?? this.#texts.policyOf(arn);
    return known ?? this.#remembered({ ...policyNamedBy(arn), text: anything }, true);
  }

  /** The first time that a policy gets another version: what it said before, as far as the look before shows it. */
  #enterVersion({ arn, text, isFirst }: VersionEdit, past: Access): void {
    const key = arn.toLowerCase();
    if (this.#versions.has(key)) return;
    const before = [...this.#policies, past.boundary].find((policy) => isSameName(policy?.arn, arn));
    const made = isFirst && text !== undefined ? { ...policyNamedBy(arn), text } : undefined;
    const was = before ?? made;
    const { group: _, ...known } = was ?? this.#remembered({ ...policyNamedBy(arn), text: anything }, true);
    this.#versions.set(key, this.#remembered(known, was === undefined));
  }

  #remembered(policy: PolicySource, isGone: boolean): PolicySource {
    if (isGone) this.#gone.add(policy);
    return policy;
  }

  /** The first time that a group is joined or left: what it has, and whether the principal was in it. */
  #enter(edit: PolicyEdit, edits: readonly PolicyEdit[], past: Access): void {
    if (edit.act !== 'join' && edit.act !== 'leave') return;
    const name = edit.group.toLowerCase();
    if (this.#groups.has(name)) return;
    const was = past.policies.filter(({ group }) => isSameName(group, name));
    if (edit.act === 'leave' || was.length > 0) {
      // The look before shows what it had through the group.
      this.#memberOf.add(name);
      this.#groups.set(name, was);
    } else this.#groups.set(name, this.#policiesAtFirst(edit.group, edits));
  }

  /** The policies that a group has now, without those that it was given in between, and with those that were taken. */
  #policiesAtFirst(group: string, edits: readonly PolicyEdit[]): readonly PolicySource[] {
    const now = this.#texts.groupPoliciesOf(group);
    if (now === undefined)
      return [this.#remembered({ name: `group/${group}`, type: 'inline', text: anything, group }, true)];
    const ofGroup = edits.filter(isAddingOrTaking).filter((edit) => isSameName(edit.group, group));
    const firsts = ofGroup.filter((edit) => edit === ofGroup.find((one) => isSameTarget(one, edit)));
    const untouched = now.filter((policy) => !firsts.some((edit) => isTarget(policy, edit)));
    const asTheyWere = untouched.map((policy) => {
      const version = this.#versions.get(policy.arn?.toLowerCase() ?? '');
      if (version === undefined) return policy;
      return this.#remembered({ ...version, group: policy.group ?? group }, this.#gone.has(version));
    });
    return [...asTheyWere, ...firsts.flatMap((edit) => this.#takenBy(edit))];
  }

  /** What was there before an edit that takes it away. */
  #takenBy(edit: AddingOrTaking): PolicySource[] {
    if (edit.act === 'attach' || edit.act === 'put') return [];
    const group = groupOf(edit);
    if ('arn' in edit) {
      const managed = this.#managed(edit.arn);
      return [this.#remembered({ ...managed, ...group }, this.#gone.has(managed))];
    }
    const { name } = edit;
    return [this.#remembered({ name, type: 'inline', text: anything, ...group }, true)];
  }
}

/** Managed policies that are given another version in between, were attached before, and said nothing of the service then. */
function silentAtFirst(
  past: Access,
  edits: readonly PolicyEdit[],
  { policies }: Pick<Principal, 'policies'>,
): PolicySource[] {
  const versions = edits.flatMap((edit) => (edit.act === 'version' ? [edit.arn] : []));
  return [...new Set(versions)].flatMap((arn): PolicySource[] => {
    if (past.policies.some((policy) => isSameName(policy.arn, arn))) return [];
    const moves = edits.filter(isAddingOrTaking).filter((edit) => 'arn' in edit && isSameName(edit.arn, arn));
    const [first] = moves;
    const attached = policies.filter((policy) => isSameName(policy.arn, arn));
    if (first === undefined) return attached.map((policy) => ({ ...policy, text: silence }));
    if (first.act !== 'detach') return [];
    return [{ ...policyNamedBy(arn), text: silence, ...groupOf(first) }];
  });
}
