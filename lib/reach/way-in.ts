import type { Literal, MatchedStatement } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admission, Admissions, Caller } from './admission.ts';
import { type Asker, covers } from './asker.ts';
import type { Closed, Pools } from './pools.ts';
import type { Entry, Trust } from './trust.ts';

/** Widest first. */
export const wayKinds = [
  /** Anyone with an AWS account, or with a Cognito identity pool of his own. */
  'anyone',
  /** Anybody on the internet, as a guest of a Cognito identity pool. */
  'guests',
  /** Any tenant of a provider that many share: every repository on GitHub. */
  'shared-provider',
  /** Not known: no trust policy was given, or it cannot be read. */
  'unknown',
  'organization',
  /** Any AWS principal, from some networks. */
  'network',
  'account',
  'account-principal',
  'federated',
  'identity-center',
  'roles-anywhere',
  'pod-identity',
  'service',
  /** Principals of this account. */
  'own',
] as const;

export type WayKind = (typeof wayKinds)[number];

/** One way in. */
export interface WayIn {
  readonly kind: WayKind;
  /** An account, a service, a provider, a pool, an organization, the ARN of a principal; empty where there is no more to say. */
  readonly who: string;
  /** What of a federated identity is demanded: `sub repo:acme/shop:*`. */
  readonly claims: readonly string[];
  /** As the trust policy names him. */
  readonly asker?: Asker;
  /** The statement of the trust policy. */
  readonly by: readonly MatchedStatement[];
  /** Of a service: nothing demands for whom it acts, so that it may be another account (a confused deputy). */
  readonly deputy?: boolean;
  /** Of a service: it comes only when it acts for another account. */
  readonly elsewhere?: boolean;
  /** Of guests: not known is whether their identity pool admits any. */
  readonly doubtful?: boolean;
  /** Of guests: the account does not have their identity pool. */
  readonly absent?: boolean;
  /** Of guests: their sessions are under the session policy that Cognito passes. */
  readonly scopedDown?: boolean;
  /** Why it is not known who comes, though there is a trust policy: what is wrong with that. */
  readonly problem?: string;
  /** Of another account: nothing demands an external id. */
  readonly withoutExternalId?: boolean;
}

/** What ways in are asked of. */
export interface Asked {
  readonly role: Principal;
  readonly trust: Trust;
  readonly admissions: Admissions;
  /** Identity pools whose guests do not become the role, and what else was read of pools. */
  readonly closedPools: ReadonlyMap<string, Closed>;
  readonly pools: Pools;
}

/** A way in, by the Allow statements about who comes. */
export function way(
  kind: WayKind,
  who: string,
  asker: Asker,
  { trust }: Asked,
  more: Partial<WayIn> = {},
): WayIn {
  const by = trust.statements
    .filter((statement) => statement.effect === 'Allow' && covers(statement, asker))
    .map((statement): MatchedStatement => ({ policy: trust.source, layer: 'resource', statement }));
  return { kind, who, claims: [], asker, by, ...more };
}

/** In which ways the trust policy lets a caller in. */
export function may(caller: Caller, action: Entry, { role, trust, admissions }: Asked): readonly Admission[] {
  return admissions.toRole(role, trust, caller, action);
}

export function isKey(key: string, wanted: string): boolean {
  return key.toLowerCase() === wanted;
}

/** Whoever is of an account has an ARN of it. @param arn of something that he comes to: partitions do not meet */
export function principalOf(accountId: string, arn: string): Literal {
  const { partition } = arnParts(arn);
  const test = { operator: 'ArnLike', ifExists: false, key: 'aws:PrincipalArn' };
  return { test: { ...test, values: [`arn:${partition}:*::${accountId}:*`] }, holds: true };
}
