import { type PolicySource, RecentMap } from '@permission-check/iam-policy';
import { arnParts } from './arn.ts';
import type { GroupDetail, PolicyDetail, RoleDetail, UserDetail } from './details.ts';
import { Documents } from './documents.ts';
import type { Group, Principal } from './types.ts';

/** Finds a managed policy that the input names but does not contain. */
export type ManagedPolicyLookup = (arn: string) => PolicySource | undefined;

/** Policies that bind somebody, and what is known to be missing from them. */
interface Bound {
  readonly policies: readonly PolicySource[];
  readonly unreadable: readonly string[];
}

type InlinePolicy = RoleDetail['RolePolicyList'][number];
type AttachedPolicy = RoleDetail['AttachedManagedPolicies'][number];

/** Far more than are in use at a time; those of one principal alone need not be kept. */
const REMEMBERED = 2_000;

/**
 * Which policies bind whom. One policy is one object however many have it, and principals with the same policies
 * share one `policies` array, so that work can be shared by comparing identities. Managed policies and groups are
 * added first, then principals are asked for.
 */
export class Bindings {
  readonly #documents = new Documents();
  /** By `sameArn`. */
  readonly #managed = new Map<string, PolicySource | string>();
  /** By `sameArn`: the versions that are not the default. */
  readonly #otherVersions = new Map<string, readonly PolicySource[]>();
  readonly #groups = new Map<string, Bound & { readonly arn?: string }>();
  readonly #inline = new RecentMap<PolicySource>(REMEMBERED);
  readonly #bound = new RecentMap<Bound>(REMEMBERED);
  /** By `sameArn`. */
  readonly #unknown = new RecentMap<PolicySource>(REMEMBERED);
  readonly #lookup: ManagedPolicyLookup;

  constructor(lookup: ManagedPolicyLookup = () => undefined) {
    this.#lookup = lookup;
  }

  /** The default version is what binds; of a customer's own policy the others are kept beside it. */
  addManagedPolicy(detail: PolicyDetail): void {
    const version =
      detail.PolicyVersionList.find(({ VersionId }) => VersionId === detail.DefaultVersionId) ??
      detail.PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion);
    if (version === undefined) {
      this.#managed.set(sameArn(detail.Arn), 'its default version is missing');
      return;
    }
    try {
      const policy: PolicySource = {
        name: detail.PolicyName,
        type: arnParts(detail.Arn).accountId === 'aws' ? 'aws-managed' : 'customer-managed',
        arn: detail.Arn,
        versionId: version.VersionId,
        text: this.#documents.store(version.Document).text,
      };
      this.#managed.set(sameArn(detail.Arn), policy);
      if (policy.type === 'customer-managed') this.#keepOthers(policy, detail.PolicyVersionList);
    } catch (error) {
      this.#managed.set(sameArn(detail.Arn), messageOf(error));
    }
  }

  #keepOthers(policy: PolicySource, versions: PolicyDetail['PolicyVersionList']): void {
    const others = versions
      .filter(({ VersionId }) => VersionId !== policy.versionId)
      .map(({ VersionId, Document }) => ({ ...policy, versionId: VersionId, text: this.#textOf(Document) }))
      .filter(({ text }) => text !== policy.text);
    if (others.length > 0) this.#otherVersions.set(sameArn(policy.arn ?? ''), others);
  }

  /** Empty where there is no document. */
  #textOf(document: unknown): string {
    try {
      return this.#documents.store(document).text;
    } catch {
      return '';
    }
  }

  /** See `Account`. */
  *otherVersions(): Generator<PolicySource> {
    for (const versions of this.#otherVersions.values()) yield* versions;
  }

  /** Undefined where it is not known, or cannot be read. */
  managedPolicy(arn: string): PolicySource | undefined {
    const policy = this.#managedPolicy(arn);
    return typeof policy === 'object' ? policy : undefined;
  }

  /** All that were added and can be read. */
  *managedPolicies(): Generator<PolicySource> {
    for (const policy of this.#managed.values()) if (typeof policy === 'object') yield policy;
  }

  /** All groups whose policies can be read. */
  *groups(): Generator<Group> {
    for (const [name, { policies, unreadable, arn }] of this.#groups)
      if (unreadable.length === 0) yield { name, policies, ...(arn !== undefined && { arn }) };
  }

  /** A policy that is known to bind somebody but could not be read, and why. */
  addUnreadablePolicy(arn: string, reason: string): void {
    this.#managed.set(sameArn(arn), reason);
  }

  /**
   * Its managed policies must have been added before.
   *
   * @param notRead what could not be read of the group itself.
   */
  addGroup(detail: GroupDetail, notRead: readonly string[] = []): void {
    const name = detail.GroupName;
    const { policies, unreadable } = this.#bind(detail.GroupPolicyList, detail.AttachedManagedPolicies);
    this.#groups.set(name, {
      ...(detail.Arn !== undefined && { arn: detail.Arn }),
      policies: policies.map((policy) => ({ ...policy, group: name })),
      unreadable: [...notRead, ...unreadable].map((what) => `group ${name}: ${what}`),
    });
  }

  /** The policies of a group, in any spelling; undefined where there is none, or they cannot all be read. */
  groupPolicies(name: string): readonly PolicySource[] | undefined {
    const [, group] = [...this.#groups].find(([one]) => one.toLowerCase() === name.toLowerCase()) ?? [];
    return group === undefined || group.unreadable.length > 0 ? undefined : group.policies;
  }

  user(detail: UserDetail): Principal {
    const own = this.#bind(detail.UserPolicyList, detail.AttachedManagedPolicies, detail.GroupList);
    return this.#principal(detail, own, {
      kind: 'user',
      name: detail.UserName,
      id: detail.UserId,
      groups: detail.GroupList,
    });
  }

  role(detail: RoleDetail): Principal {
    const own = this.#bind(detail.RolePolicyList, detail.AttachedManagedPolicies);
    const trust = this.#trust(detail.AssumeRolePolicyDocument);
    const role = this.#principal(detail, own, {
      kind: 'role',
      name: detail.RoleName,
      id: detail.RoleId,
      groups: NO_GROUPS,
    });
    return trust === undefined ? role : { ...role, trust };
  }

  /** A trust policy that cannot be read is not known: whoever asks must take it in the widest sense. */
  #trust(document: unknown): PolicySource | undefined {
    if (document === undefined || document === null) return undefined;
    try {
      const { id, text } = this.#documents.store(document);
      return this.#inline.getOrCreate(`trust ${id}`, () => ({
        name: 'trust policy',
        type: 'resource',
        text,
      }));
    } catch {
      return undefined;
    }
  }

  #principal(
    detail: UserDetail | RoleDetail,
    bound: Bound,
    identity: Pick<Principal, 'kind' | 'name' | 'id' | 'groups'>,
  ): Principal {
    const boundaryArn = detail.PermissionsBoundary?.PermissionsBoundaryArn;
    const boundary = boundaryArn === undefined ? undefined : this.#managedPolicy(boundaryArn);
    const unknown = typeof boundary === 'string' ? this.#unknownPolicy(boundaryArn ?? '') : undefined;
    return {
      ...identity,
      arn: detail.Arn,
      path: detail.Path,
      tags: tagsOf(detail.Tags),
      policies: bound.policies,
      ...(typeof boundary === 'object' ? { boundary } : {}),
      ...(unknown && { boundary: unknown }),
      unreadable:
        typeof boundary === 'string'
          ? [...bound.unreadable, `permissions boundary ${boundary}`]
          : bound.unreadable,
      serviceLinked: isServiceLinked(identity.kind, detail),
    };
  }

  #bind(
    inline: readonly InlinePolicy[],
    attached: readonly AttachedPolicy[],
    groups: readonly string[] = NO_GROUPS,
  ): Bound {
    const own = inline.map((policy) => this.#inlinePolicy(policy));
    const key = `${keyOf(own, ({ key }) => key)} ${keyOf(attached, ({ PolicyArn }) => PolicyArn)} ${keyOf(groups, (name) => name)}`;
    return this.#bound.getOrCreate(key, () => {
      const policies = [
        ...own.map(({ policy }) => policy),
        ...attached.map(({ PolicyArn }) => this.#managedPolicy(PolicyArn)),
      ];
      const memberships = groups.map(
        (name): Bound =>
          this.#groups.get(name) ?? { policies: [], unreadable: [`group ${name}: not in the input`] },
      );
      return {
        policies: [
          ...policies.filter((policy) => typeof policy === 'object'),
          ...memberships.flatMap((group) => group.policies),
        ],
        unreadable: [
          ...policies.filter((policy) => typeof policy === 'string'),
          ...memberships.flatMap((group) => group.unreadable),
        ],
      };
    });
  }

  #inlinePolicy({ PolicyName: name, PolicyDocument }: InlinePolicy): {
    readonly key: string;
    readonly policy: PolicySource | string;
  } {
    try {
      const { id, text } = this.#documents.store(PolicyDocument);
      const key = `${id} ${name}`;
      return { key, policy: this.#inline.getOrCreate(key, () => ({ name, type: 'inline', text })) };
    } catch (error) {
      const unreadable = `inline policy ${name}: ${messageOf(error)}`;
      return { key: unreadable, policy: unreadable };
    }
  }

  /** One without a document, which bounds by what nobody can tell: not the same as no boundary at all. */
  #unknownPolicy(arn: string): PolicySource {
    const type = arnParts(arn).accountId === 'aws' ? 'aws-managed' : 'customer-managed';
    const name = arn.slice(arn.lastIndexOf('/') + 1);
    return this.#unknown.getOrCreate(sameArn(arn), () => ({ name, type, arn, text: '' }));
  }

  #managedPolicy(arn: string): PolicySource | string {
    const policy = this.#managed.get(sameArn(arn)) ?? this.#lookup(arn);
    if (typeof policy === 'object') return policy;
    return `managed policy ${arn}: ${policy ?? 'attached, but not in the input'}`;
  }
}

/**
 * AWS reserves path and name for roles that its services own; a user with such a path is an ordinary one, and so is a
 * role with another name.
 */
function isServiceLinked(
  kind: Principal['kind'],
  { Path: path, Arn: arn }: UserDetail | RoleDetail,
): boolean {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  return kind === 'role' && path.startsWith('/aws-service-role/') && name.startsWith('AWSServiceRoleFor');
}

function tagsOf(list: RoleDetail['Tags']): Principal['tags'] {
  // An object without a prototype takes any name as it is, `__proto__` included.
  const tags: Record<string, string> = Object.create(null);
  for (const { Key, Value } of list) tags[Key] = Value;
  return tags;
}

/** A text for a list of texts; different for different lists. */
function keyOf<T>(list: readonly T[], textOf: (item: T) => string): string {
  return list.length === 0 ? '' : JSON.stringify(list.map(textOf));
}

/** IAM does not tell policies apart by the letter case of their names, and attaches one by whichever it is given. */
function sameArn(arn: string): string {
  return arn.toLowerCase();
}

const NO_GROUPS: readonly string[] = [];

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
