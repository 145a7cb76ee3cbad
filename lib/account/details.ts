/**
 * The parts that are read of GetAccountAuthorizationDetails' answer; the same names in the API, the SDK and a file
 * that the AWS CLI printed. What is not read is not looked at: AWS adds fields, and dates differ between the three.
 *
 * Source: IAM API Reference, GetAccountAuthorizationDetails.
 */
import * as z from 'zod/mini';

/** A policy document: an object, its JSON text, or its URL-encoded JSON text (RFC 3986), as the API sends it. */
const document = z.unknown();

const inlinePolicies = z._default(
  z.array(z.object({ PolicyName: z.string(), PolicyDocument: document })),
  [],
);

const attachedPolicies = z._default(z.array(z.object({ PolicyName: z.string(), PolicyArn: z.string() })), []);

const entity = {
  Path: z._default(z.string(), '/'),
  Arn: z.string(),
  AttachedManagedPolicies: attachedPolicies,
  Tags: z._default(z.array(z.object({ Key: z.string(), Value: z._default(z.string(), '') })), []),
  // PermissionsBoundaryType is not read: AWS sends `Policy` where its model says `PermissionsBoundaryPolicy`.
  PermissionsBoundary: z.optional(z.object({ PermissionsBoundaryArn: z.string() })),
};

export const userDetail = z.object({
  ...entity,
  UserName: z.string(),
  UserId: z.string(),
  GroupList: z._default(z.array(z.string()), []),
  UserPolicyList: inlinePolicies,
});

export const roleDetail = z.object({
  ...entity,
  RoleName: z.string(),
  RoleId: z.string(),
  RolePolicyList: inlinePolicies,
  AssumeRolePolicyDocument: z.optional(document),
});

export const groupDetail = z.object({
  GroupName: z.string(),
  Arn: z.optional(z.string()),
  GroupPolicyList: inlinePolicies,
  AttachedManagedPolicies: attachedPolicies,
});

export const policyDetail = z.object({
  PolicyName: z.string(),
  Arn: z.string(),
  DefaultVersionId: z.optional(z.string()),
  PolicyVersionList: z._default(
    z.array(
      z.object({
        VersionId: z.string(),
        IsDefaultVersion: z._default(z.boolean(), false),
        Document: document,
      }),
    ),
    [],
  ),
});

export type UserDetail = z.infer<typeof userDetail>;
export type RoleDetail = z.infer<typeof roleDetail>;
export type GroupDetail = z.infer<typeof groupDetail>;
export type PolicyDetail = z.infer<typeof policyDetail>;
