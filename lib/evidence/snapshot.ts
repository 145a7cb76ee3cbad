import { createHash } from 'node:crypto';
import type { PolicySource } from '@permission-check/iam-policy';
import type { IdentityPool } from '#lib/account/identity-pools.ts';
import type { Group, Guardrails, Principal } from '#lib/account/types.ts';

/** An account at one moment, as a check has read it: every principal with its whole policies. */
export interface Snapshot {
  readonly accountId: string;
  readonly partition: string;
  /** In the order in which the account gave them. */
  readonly principals: readonly Principal[];
  readonly guardrails?: Guardrails | undefined;
  /** What others than its principals say of who comes to what; absent: nothing of the kind was read. */
  readonly groups?: readonly Group[] | undefined;
  readonly otherVersions?: readonly PolicySource[] | undefined;
  /** The account's own, which somebody could attach. */
  readonly managedPolicies?: readonly PolicySource[] | undefined;
  readonly identityPools?: readonly IdentityPool[] | undefined;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * The hash of everything that was read, the policies' whole texts included: 64 hexadecimal digits. It does not depend on
 * the order in which the account gave its principals.
 */
export function snapshotHash(snapshot: Snapshot): string {
  const { accountId, partition, principals, guardrails, groups, otherVersions, identityPools } = snapshot;
  const { managedPolicies } = snapshot;
  const texts = new WeakMap<PolicySource, string>();
  const policyHash = (policy: PolicySource | undefined): string | null => {
    if (policy === undefined) return null;
    const { name, type, arn = null, versionId = null, group = null, text } = policy;
    const known = texts.get(policy) ?? sha256(JSON.stringify([name, type, arn, versionId, group, text]));
    texts.set(policy, known);
    return known;
  };
  const hashes = principals.map((one) =>
    sha256(
      JSON.stringify([
        [one.kind, one.arn, one.name, one.path, one.id, one.groups, one.unreadable, one.serviceLinked],
        Object.entries(one.tags).sort(([a], [b]) => (a < b ? -1 : 1)),
        one.policies.map(policyHash).sort(),
        [policyHash(one.boundary), policyHash(one.trust)],
      ]),
    ),
  );
  const levels = (list: Guardrails['scps']) => list?.map((level) => level.map(policyHash)) ?? null;
  const { scps, rcps, vpcEndpoints, managementAccount = null, aiServicesOptOut = null } = guardrails ?? {};
  const endpoints = vpcEndpoints === undefined ? [] : [vpcEndpoints.map(policyHash).sort()];
  const above = [levels(scps), levels(rcps), managementAccount, aiServicesOptOut, ...endpoints];
  const beside = [
    groups?.map(({ name, arn = null, policies }) => [name, arn, policies.map(policyHash).sort()]),
    otherVersions?.map(policyHash),
    identityPools?.map(({ id, allowsGuests, allowsClassicFlow, guestRole = null, isAbsent }) => [
      id,
      allowsGuests,
      allowsClassicFlow,
      guestRole,
      ...(isAbsent ? ['absent'] : []),
    ]),
    ...(managedPolicies === undefined ? [] : [managedPolicies.map(policyHash)]),
  ].map((list) => list?.map((one) => JSON.stringify(one)).sort() ?? null);
  // An evidence from before these were kept has the hash that it had.
  const also = beside.every((list) => list === null) ? [] : [beside];
  return sha256(JSON.stringify([accountId, partition, above, hashes.sort(), ...also]));
}
