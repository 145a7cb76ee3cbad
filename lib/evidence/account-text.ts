import type { PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Account, Principal } from '#lib/account/types.ts';
import { linesOfJson } from '#lib/report/json.ts';
import type { Snapshot } from './snapshot.ts';

const policySchema = z.strictObject({
  name: z.string(),
  type: z.enum([
    'inline',
    'aws-managed',
    'customer-managed',
    'scp',
    'rcp',
    'session',
    'resource',
    'endpoint',
    'set',
  ] satisfies readonly PolicySource['type'][]),
  arn: z.optional(z.string()),
  versionId: z.optional(z.string()),
  group: z.optional(z.string()),
  text: z.string(),
});

const place = z.int().check(z.nonnegative());
const levels = z.optional(z.array(z.array(place)));

const schema = z.strictObject({
  accountId: z.string(),
  partition: z.string(),
  managementAccount: z.optional(z.string()),
  aiServicesOptOut: z.optional(z.boolean()),
  scps: levels,
  rcps: levels,
  vpcEndpoints: z.optional(z.array(place)),
  principals: z.array(
    z.strictObject({
      kind: z.enum(['user', 'role']),
      arn: z.string(),
      name: z.string(),
      path: z.string(),
      id: z.string(),
      tags: z.record(z.string(), z.string()),
      groups: z.array(z.string()),
      policies: z.array(place),
      boundary: z.optional(place),
      trust: z.optional(place),
      unreadable: z.array(z.string()),
      serviceLinked: z.boolean(),
    }),
  ),
  groups: z.optional(
    z.array(z.strictObject({ name: z.string(), arn: z.optional(z.string()), policies: z.array(place) })),
  ),
  otherVersions: z.optional(z.array(place)),
  managedPolicies: z.optional(z.array(place)),
  identityPools: z.optional(
    z.array(
      z.strictObject({
        id: z.string(),
        allowsGuests: z.boolean(),
        allowsClassicFlow: z.boolean(),
        guestRole: z.exactOptional(z.string()),
        isAbsent: z.exactOptional(z.literal(true)),
      }),
    ),
  ),
  policies: z.array(policySchema),
});

/** What a check reads of an account, as JSON text: each policy once, with its text. */
export function accountText(snapshot: Snapshot): string {
  const {
    accountId,
    partition,
    principals,
    guardrails = {},
    groups,
    otherVersions,
    managedPolicies,
    identityPools,
  } = snapshot;
  const policies: PolicySource[] = [];
  const places = new Map<string, number>();
  const known = new WeakMap<PolicySource, number>();
  const placeOf = (policy: PolicySource): number => {
    const { name, type, arn, versionId, group, text } = policy;
    const key = JSON.stringify([name, type, arn, versionId, group, text]);
    const at = known.get(policy) ?? places.get(key) ?? policies.push(policy) - 1;
    places.set(key, at);
    known.set(policy, at);
    return at;
  };
  const levelsOf = (list: readonly (readonly PolicySource[])[] | undefined) =>
    list?.map((level) => level.map(placeOf));
  const { scps, rcps, vpcEndpoints, managementAccount, aiServicesOptOut } = guardrails;
  return linesOfJson({
    accountId,
    partition,
    managementAccount,
    aiServicesOptOut,
    scps: levelsOf(scps),
    rcps: levelsOf(rcps),
    vpcEndpoints: vpcEndpoints?.map(placeOf),
    principals: principals.map(({ policies: own, boundary, trust, tags, ...rest }) => ({
      ...rest,
      tags: { ...tags },
      policies: own.map(placeOf),
      ...(boundary === undefined ? {} : { boundary: placeOf(boundary) }),
      ...(trust === undefined ? {} : { trust: placeOf(trust) }),
    })),
    groups: groups?.map(({ policies: own, ...about }) => ({ ...about, policies: own.map(placeOf) })),
    otherVersions: otherVersions?.map(placeOf),
    managedPolicies: managedPolicies?.map(placeOf),
    identityPools,
    policies,
  });
}

/**
 * Reads what `accountText` wrote. Principals with the same policies share their list, as those of an account do.
 *
 * @throws {z.core.$ZodError | SyntaxError} for another text
 */
export function readAccountText(text: string): Snapshot {
  const data = z.parse(schema, JSON.parse(text));
  const policies: readonly PolicySource[] = data.policies.map(({ arn, versionId, group, ...rest }) => ({
    ...rest,
    ...(arn === undefined ? {} : { arn }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(group === undefined ? {} : { group }),
  }));
  const policyAt = (at: number): PolicySource => {
    const policy = policies[at];
    if (policy === undefined) throw new SyntaxError(`there is no policy ${at}`);
    return policy;
  };
  const lists = new Map<string, readonly PolicySource[]>();
  const listOf = (places: readonly number[]) => {
    const key = places.join();
    const list = lists.get(key) ?? places.map(policyAt);
    lists.set(key, list);
    return list;
  };
  const { accountId, partition, scps, rcps, vpcEndpoints, managementAccount, aiServicesOptOut } = data;
  const { groups, otherVersions, managedPolicies, identityPools } = data;
  return {
    accountId,
    partition,
    principals: data.principals.map(
      ({ policies: own, boundary, trust, ...rest }): Principal => ({
        ...rest,
        policies: listOf(own),
        ...(boundary === undefined ? {} : { boundary: policyAt(boundary) }),
        ...(trust === undefined ? {} : { trust: policyAt(trust) }),
      }),
    ),
    guardrails: {
      ...(scps && { scps: scps.map(listOf) }),
      ...(rcps && { rcps: rcps.map(listOf) }),
      ...(vpcEndpoints && { vpcEndpoints: listOf(vpcEndpoints) }),
      ...(managementAccount !== undefined && { managementAccount }),
      ...(aiServicesOptOut !== undefined && { aiServicesOptOut }),
    },
    ...(groups && {
      groups: groups.map(({ name, arn, policies: own }) => ({
        name,
        ...(arn !== undefined && { arn }),
        policies: listOf(own),
      })),
    }),
    ...(otherVersions && { otherVersions: listOf(otherVersions) }),
    ...(managedPolicies && { managedPolicies: listOf(managedPolicies) }),
    ...(identityPools && { identityPools }),
  };
}

/** A snapshot as an account that can be checked. */
export const accountOf = (snapshot: Snapshot): Account => ({
  accountId: snapshot.accountId,
  partition: snapshot.partition,
  async *principals() {
    yield* snapshot.principals;
  },
  groups: () => snapshot.groups ?? [],
  otherVersions: () => snapshot.otherVersions ?? [],
  managedPolicies: () => snapshot.managedPolicies ?? [],
  ...(snapshot.identityPools && { identityPools: snapshot.identityPools }),
});
