import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  type Entity,
  emptyState,
  type Group,
  type IamState,
  type InstanceProfile,
  type ManagedPolicy,
  type Role,
  type User,
} from './state.ts';

/** A policy document: an object, JSON text, or JSON text URL-encoded as IAM sends it. */
const document = z.union([z.string(), z.record(z.string(), z.unknown())]).transform(documentText);

const date = z
  .union([z.string(), z.number(), z.date()])
  .transform((value) => new Date(typeof value === 'number' ? value * 1000 : value))
  .refine((value) => !Number.isNaN(value.getTime()), 'is not a date');

const inline = z
  .array(z.object({ PolicyName: z.string(), PolicyDocument: document }))
  .default([])
  .transform((list) => new Map(list.map((item) => [item.PolicyName, item.PolicyDocument])));
const attached = z
  .array(z.object({ PolicyArn: z.string() }))
  .default([])
  .transform((list) => list.map((item) => item.PolicyArn));
const tags = z
  .array(z.object({ Key: z.string(), Value: z.string() }))
  .default([])
  .transform((list) => new Map(list.map((tag) => [tag.Key, tag.Value])));
const boundary = z.object({ PermissionsBoundaryArn: z.string() }).optional();
const path = z.string().default('/');

const userDetail = z.object({
  UserName: z.string(),
  UserId: z.string().optional(),
  Arn: z.string(),
  Path: path,
  CreateDate: date.optional(),
  GroupList: z.array(z.string()).default([]),
  UserPolicyList: inline,
  AttachedManagedPolicies: attached,
  PermissionsBoundary: boundary,
  Tags: tags,
});
const groupDetail = z.object({
  GroupName: z.string(),
  GroupId: z.string().optional(),
  Arn: z.string(),
  Path: path,
  CreateDate: date.optional(),
  GroupPolicyList: inline,
  AttachedManagedPolicies: attached,
});
const roleDetail = z.object({
  RoleName: z.string(),
  RoleId: z.string().optional(),
  Arn: z.string(),
  Path: path,
  CreateDate: date.optional(),
  AssumeRolePolicyDocument: document.optional(),
  InstanceProfileList: z
    .array(
      z.object({
        InstanceProfileName: z.string(),
        InstanceProfileId: z.string().optional(),
        Arn: z.string(),
        Path: path,
        CreateDate: date.optional(),
      }),
    )
    .default([]),
  RolePolicyList: inline,
  AttachedManagedPolicies: attached,
  PermissionsBoundary: boundary,
  Tags: tags,
});
const policyDetail = z.object({
  PolicyName: z.string(),
  PolicyId: z.string().optional(),
  Arn: z.string(),
  Path: path,
  Description: z.string().optional(),
  DefaultVersionId: z.string(),
  CreateDate: date.optional(),
  UpdateDate: date.optional(),
  PolicyVersionList: z.array(
    z.object({ VersionId: z.string(), Document: document, CreateDate: date.optional() }),
  ),
});

/** What `aws iam get-account-authorization-details` prints, with documents encoded or plain. */
export const accountDetails = z.object({
  UserDetailList: z.array(userDetail).default([]),
  GroupDetailList: z.array(groupDetail).default([]),
  RoleDetailList: z.array(roleDetail).default([]),
  Policies: z.array(policyDetail).default([]),
});

export type AccountDetails = z.input<typeof accountDetails>;

/** When an input names no date: the embedded AWS's accounts are as old as this. */
const unknownDate = new Date('2024-01-01T00:00:00Z');

/**
 * Makes the account from its authorization details, an object or the path of a JSON file.
 *
 * @throws Error naming the file and the key that is wrong.
 */
export function loadAccount(account: AccountDetails | string): { accountId: string; state: IamState } {
  const where = typeof account === 'string' ? account : 'account details';
  const parsed = accountDetails.safeParse(typeof account === 'string' ? readJson(account) : account);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${where}: ${issue?.path.join('.') || 'input'}: ${issue?.message ?? 'is not valid'}`);
  }
  const details = parsed.data;
  const policies = details.Policies.map((detail): [string, ManagedPolicy] => [detail.Arn, policyOf(detail)]);
  const state: IamState = {
    ...emptyState,
    users: new Map(details.UserDetailList.map((detail) => [detail.UserName, userOf(detail)])),
    groups: new Map(details.GroupDetailList.map((detail) => [detail.GroupName, groupOf(detail)])),
    roles: new Map(details.RoleDetailList.map((detail) => [detail.RoleName, roleOf(detail)])),
    policies: new Map(policies),
    instanceProfiles: new Map(
      details.RoleDetailList.flatMap(profilesOf).map((profile) => [profile.name, profile]),
    ),
  };
  const first = [...details.UserDetailList, ...details.RoleDetailList, ...details.GroupDetailList][0]?.Arn;
  return { accountId: first?.split(':')[4] ?? '123456789012', state };
}

/** A new unique id as IAM makes them: `AIDA` and 17 characters of A-Z and 2-7. */
export function uniqueId(prefix: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return prefix + [...randomBytes(17)].map((byte) => alphabet[byte % 32]).join('');
}

function entityOf(
  detail: { Arn: string; Path: string; CreateDate?: Date | undefined; AttachedManagedPolicies: string[] },
  name: string,
  id: string,
  inlinePolicies: ReadonlyMap<string, string>,
): Entity {
  return {
    name,
    path: detail.Path,
    arn: detail.Arn,
    id,
    createDate: detail.CreateDate ?? unknownDate,
    inline: inlinePolicies,
    attached: detail.AttachedManagedPolicies,
  };
}

function userOf(detail: z.output<typeof userDetail>): User {
  return {
    ...entityOf(detail, detail.UserName, detail.UserId ?? uniqueId('AIDA'), detail.UserPolicyList),
    kind: 'user',
    groups: detail.GroupList,
    tags: detail.Tags,
    ...(detail.PermissionsBoundary && { boundary: detail.PermissionsBoundary.PermissionsBoundaryArn }),
  };
}

function groupOf(detail: z.output<typeof groupDetail>): Group {
  return {
    ...entityOf(detail, detail.GroupName, detail.GroupId ?? uniqueId('AGPA'), detail.GroupPolicyList),
    kind: 'group',
  };
}

function roleOf(detail: z.output<typeof roleDetail>): Role {
  return {
    ...entityOf(detail, detail.RoleName, detail.RoleId ?? uniqueId('AROA'), detail.RolePolicyList),
    kind: 'role',
    trust: detail.AssumeRolePolicyDocument ?? '{"Version":"2012-10-17","Statement":[]}',
    maxSessionDuration: 3600,
    tags: detail.Tags,
    ...(detail.PermissionsBoundary && { boundary: detail.PermissionsBoundary.PermissionsBoundaryArn }),
  };
}

const profilesOf = (detail: z.output<typeof roleDetail>): InstanceProfile[] =>
  detail.InstanceProfileList.map((profile) => ({
    name: profile.InstanceProfileName,
    path: profile.Path,
    arn: profile.Arn,
    id: profile.InstanceProfileId ?? uniqueId('AIPA'),
    createDate: profile.CreateDate ?? unknownDate,
    tags: new Map(),
    role: detail.RoleName,
  }));

function policyOf(detail: z.output<typeof policyDetail>): ManagedPolicy {
  const created = detail.CreateDate ?? unknownDate;
  const numbers = detail.PolicyVersionList.map((version) => Number(version.VersionId.slice(1)));
  return {
    name: detail.PolicyName,
    path: detail.Path,
    arn: detail.Arn,
    id: detail.PolicyId ?? uniqueId('ANPA'),
    ...(detail.Description !== undefined && { description: detail.Description }),
    defaultVersionId: detail.DefaultVersionId,
    nextVersion: Math.max(0, ...numbers) + 1,
    versions: detail.PolicyVersionList.map((version) => ({
      versionId: version.VersionId,
      text: version.Document,
      createDate: version.CreateDate ?? created,
    })),
    createDate: created,
    updateDate: detail.UpdateDate ?? created,
    tags: new Map(),
  };
}

function documentText(value: string | Record<string, unknown>): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2);
  return value.trimStart().startsWith('%') ? decodeURIComponent(value) : value;
}

function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
