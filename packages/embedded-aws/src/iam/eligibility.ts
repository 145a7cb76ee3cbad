import type { KnownActions } from '../catalog.ts';

/**
 * What the simulator knows of actions. With explicit resources it evaluates an action only on resources of the
 * types that the Service Authorization Reference lists for it, and refuses to mix actions that it recognizes with
 * ones that it does not.
 */

/** Actions of the services that are part of the embedded AWS: action → resource ARN patterns. */
const otherActions: ReadonlyMap<string, readonly RegExp[]> = new Map([
  ...each(
    [iamResource('user')],
    `iam:GetUser iam:ListGroupsForUser iam:ListAttachedUserPolicies iam:ListUserPolicies iam:GetUserPolicy
    iam:ListUserTags iam:AttachUserPolicy iam:DetachUserPolicy iam:PutUserPolicy iam:DeleteUserPolicy iam:CreateUser
    iam:DeleteUser iam:TagUser iam:UntagUser iam:PutUserPermissionsBoundary iam:DeleteUserPermissionsBoundary
    iam:UpdateUser`,
  ),
  ...each(
    [iamResource('role')],
    `iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:GetRolePolicy iam:ListRoleTags iam:PassRole
    iam:AttachRolePolicy iam:DetachRolePolicy iam:PutRolePolicy iam:DeleteRolePolicy iam:CreateRole iam:DeleteRole
    iam:TagRole iam:UntagRole iam:PutRolePermissionsBoundary iam:DeleteRolePermissionsBoundary iam:UpdateRole
    iam:UpdateAssumeRolePolicy sts:AssumeRole sts:TagSession`,
  ),
  ...each(
    [iamResource('group')],
    `iam:GetGroup iam:ListAttachedGroupPolicies iam:ListGroupPolicies iam:GetGroupPolicy iam:AttachGroupPolicy
    iam:DetachGroupPolicy iam:PutGroupPolicy iam:DeleteGroupPolicy iam:CreateGroup iam:DeleteGroup
    iam:AddUserToGroup iam:RemoveUserFromGroup iam:UpdateGroup`,
  ),
  ...each(
    [iamResource('policy')],
    `iam:GetPolicy iam:GetPolicyVersion iam:ListPolicyVersions iam:ListEntitiesForPolicy iam:CreatePolicy
    iam:DeletePolicy iam:CreatePolicyVersion iam:DeletePolicyVersion iam:SetDefaultPolicyVersion`,
  ),
  ...each(
    [iamResource('user'), iamResource('role'), iamResource('group')],
    'iam:SimulatePrincipalPolicy iam:GetContextKeysForPrincipalPolicy',
  ),
  ...each(
    [],
    `iam:ListUsers iam:ListRoles iam:ListGroups iam:ListPolicies iam:GetAccountAuthorizationDetails
    iam:GetAccountSummary iam:SimulateCustomPolicy iam:GetContextKeysForCustomPolicy sts:GetCallerIdentity
    s3:ListAllMyBuckets`,
  ),
  ...each(
    [/^arn:[^:]+:s3:::[^/]+$/],
    `s3:ListBucket s3:GetBucketAcl s3:GetBucketLocation s3:CreateBucket s3:PutBucketPolicy s3:GetBucketPolicy
    s3:PutBucketVersioning s3:PutLifecycleConfiguration s3:PutEncryptionConfiguration s3:PutBucketPublicAccessBlock
    s3:PutBucketCORS`,
  ),
  ...each(
    [/^arn:[^:]+:s3:::[^/]+\/.+$/],
    `s3:GetObject s3:PutObject s3:DeleteObject s3:GetObjectAcl s3:GetObjectTagging s3:PutObjectTagging
    s3:GetObjectVersion`,
  ),
  ...each([/^arn:[^:]+:sns:[^:]*:[^:]*:[^:]+$/], 'sns:Publish'),
]);

/** Whether the simulator knows the action: in its exact spelling. */
export function isRecognized(action: string, known: KnownActions): boolean {
  return known.has(action) || otherActions.has(action);
}

/**
 * Whether the simulator judges the action on such a resource. Any action can be asked on the literal `*`; of an
 * action that it does not recognize it knows no types, and compares texts only.
 */
export function isEligible(action: string, resource: string, known: KnownActions): boolean {
  if (resource === '*') return true;
  const patterns = known.resources(action) ?? otherActions.get(action);
  return patterns === undefined || patterns.some((pattern) => pattern.test(resource));
}

function each(patterns: readonly RegExp[], actions: string): [string, readonly RegExp[]][] {
  return actions.split(/\s+/).map((action) => [action, patterns]);
}

function iamResource(type: string): RegExp {
  return new RegExp(`^arn:[^:]+:iam::[^:]*:${type}/.+$`);
}
