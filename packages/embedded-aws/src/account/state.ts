/**
 * IAM as the embedded AWS keeps it: an immutable picture of the account's users, groups, roles and policies.
 * A write makes a new picture, so that a reader with IAM's eventual consistency can be given an older one.
 */

export interface Entity {
  readonly name: string;
  /** `/`, `/team/vision/` … */
  readonly path: string;
  readonly arn: string;
  /** AIDA…, AROA…, AGPA… */
  readonly id: string;
  readonly createDate: Date;
  /** Inline policies: name → JSON text as stored. */
  readonly inline: ReadonlyMap<string, string>;
  /** ARNs of the managed policies attached, in order of attachment. */
  readonly attached: readonly string[];
}

/** A long-term key of a user; its secret is known to who made it only. */
export interface AccessKey {
  readonly id: string;
  readonly active: boolean;
  readonly createDate: Date;
}

export interface User extends Entity {
  readonly kind: 'user';
  readonly accessKeys?: readonly AccessKey[];
  /** A password for the console. */
  readonly login?: { readonly createDate: Date; readonly passwordResetRequired: boolean };
  readonly groups: readonly string[];
  readonly boundary?: string;
  readonly tags: ReadonlyMap<string, string>;
}

export interface Role extends Entity {
  readonly kind: 'role';
  /** The trust policy. */
  readonly trust: string;
  readonly boundary?: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly description?: string;
  /** Seconds, 3600..43200. */
  readonly maxSessionDuration: number;
}

export interface Group extends Entity {
  readonly kind: 'group';
}

export interface PolicyVersion {
  readonly versionId: string;
  readonly text: string;
  readonly createDate: Date;
}

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** ANPA… */
  readonly id: string;
  readonly description?: string;
  readonly defaultVersionId: string;
  /** The number that the next version gets; numbers are never used again. */
  readonly nextVersion: number;
  readonly versions: readonly PolicyVersion[];
  readonly createDate: Date;
  readonly updateDate: Date;
  readonly tags: ReadonlyMap<string, string>;
}

/** What hands an EC2 instance its role. */
export interface InstanceProfile {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** AIPA… */
  readonly id: string;
  readonly createDate: Date;
  readonly tags: ReadonlyMap<string, string>;
  /** The name of the one role that it can have. */
  readonly role?: string;
}

/** Who vouches for people of elsewhere: a SAML or OpenID Connect provider. */
export interface IdentityProvider {
  readonly kind: 'saml' | 'oidc';
  readonly arn: string;
  readonly createDate: Date;
  /** The SAML metadata document. */
  readonly metadata?: string;
  /** Without `https://`. */
  readonly url?: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
}

export interface IamState {
  readonly users: ReadonlyMap<string, User>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly roles: ReadonlyMap<string, Role>;
  /** By ARN; AWS's and the account's own. */
  readonly policies: ReadonlyMap<string, ManagedPolicy>;
  readonly instanceProfiles: ReadonlyMap<string, InstanceProfile>;
  /** By ARN. */
  readonly providers: ReadonlyMap<string, IdentityProvider>;
}

/** Users and roles act; groups only hold policies. */
export type PrincipalEntity = User | Role;

export const emptyState: IamState = {
  users: new Map(),
  groups: new Map(),
  roles: new Map(),
  policies: new Map(),
  instanceProfiles: new Map(),
  providers: new Map(),
};

/** `arn:aws:iam::aws:policy/…`: a policy that AWS owns. */
export const isAwsManaged = (arn: string): boolean => /^arn:[\w-]+:iam::aws:/.test(arn);

/** The text of a managed policy's default version. */
export function defaultText(policy: ManagedPolicy): string | undefined {
  return policy.versions.find((version) => version.versionId === policy.defaultVersionId)?.text;
}

/** The principals and groups that a managed policy is attached to or is the boundary of. */
export function entitiesOf(state: IamState, policyArn: string) {
  const attached = (entity: Entity) => entity.attached.includes(policyArn);
  const bounded = (entity: PrincipalEntity) => entity.boundary === policyArn;
  const users = [...state.users.values()];
  const roles = [...state.roles.values()];
  return {
    permissions: {
      groups: [...state.groups.values()].filter(attached),
      users: users.filter(attached),
      roles: roles.filter(attached),
    },
    boundary: { users: users.filter(bounded), roles: roles.filter(bounded) },
  };
}

const spellings = new WeakMap<object, ReadonlyMap<string, string>>();

/** What a name or an ARN finds. IAM does not distinguish them by case, and keeps the spelling of who made the thing. */
export function inAnyCase<T>(entries: ReadonlyMap<string, T>, name: string): T | undefined {
  const exact = entries.get(name);
  if (exact !== undefined) return exact;
  let known = spellings.get(entries);
  if (known === undefined) {
    known = new Map([...entries.keys()].map((key) => [key.toLowerCase(), key]));
    spellings.set(entries, known);
  }
  const key = known.get(name.toLowerCase());
  return key === undefined ? undefined : entries.get(key);
}

/** A copy of a map with one entry set, or removed where the value is `undefined`. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V | undefined): ReadonlyMap<K, V> {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

/** The picture with one user, role or group put in, or put in place of the one of that name. */
export function replaceEntity(state: IamState, entity: PrincipalEntity | Group): IamState {
  if (entity.kind === 'user') return { ...state, users: withEntry(state.users, entity.name, entity) };
  if (entity.kind === 'role') return { ...state, roles: withEntry(state.roles, entity.name, entity) };
  return { ...state, groups: withEntry(state.groups, entity.name, entity) };
}
