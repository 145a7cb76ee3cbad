import { findAction, resourceTypes } from '../../../../lib/catalog/actions.ts';

/**
 * What the simulator knows of actions. With explicit resources it evaluates an action only on resources of the
 * types that the Service Authorization Reference lists for it, and refuses to mix actions that it recognizes with
 * ones that it does not.
 */

/** Actions of other services that the permission sets and the checker itself use: action → resource ARN patterns. */
const otherActions: ReadonlyMap<string, readonly RegExp[]> = new Map([
  ...known(
    [iamResource('user')],
    `iam:GetUser iam:ListGroupsForUser iam:ListAttachedUserPolicies iam:ListUserPolicies iam:GetUserPolicy
    iam:ListUserTags iam:AttachUserPolicy iam:DetachUserPolicy iam:PutUserPolicy iam:DeleteUserPolicy iam:CreateUser
    iam:DeleteUser iam:TagUser iam:UntagUser iam:PutUserPermissionsBoundary iam:DeleteUserPermissionsBoundary
    iam:UpdateUser`,
  ),
  ...known(
    [iamResource('role')],
    `iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:GetRolePolicy iam:ListRoleTags iam:PassRole
    iam:AttachRolePolicy iam:DetachRolePolicy iam:PutRolePolicy iam:DeleteRolePolicy iam:CreateRole iam:DeleteRole
    iam:TagRole iam:UntagRole iam:PutRolePermissionsBoundary iam:DeleteRolePermissionsBoundary iam:UpdateRole
    iam:UpdateAssumeRolePolicy sts:AssumeRole sts:TagSession`,
  ),
  ...known(
    [iamResource('group')],
    `iam:GetGroup iam:ListAttachedGroupPolicies iam:ListGroupPolicies iam:GetGroupPolicy iam:AttachGroupPolicy
    iam:DetachGroupPolicy iam:PutGroupPolicy iam:DeleteGroupPolicy iam:CreateGroup iam:DeleteGroup
    iam:AddUserToGroup iam:RemoveUserFromGroup iam:UpdateGroup`,
  ),
  ...known(
    [iamResource('policy')],
    `iam:GetPolicy iam:GetPolicyVersion iam:ListPolicyVersions iam:ListEntitiesForPolicy iam:CreatePolicy
    iam:DeletePolicy iam:CreatePolicyVersion iam:DeletePolicyVersion iam:SetDefaultPolicyVersion`,
  ),
  ...known(
    [iamResource('user'), iamResource('role'), iamResource('group')],
    'iam:SimulatePrincipalPolicy iam:GetContextKeysForPrincipalPolicy',
  ),
  ...known(
    [],
    `iam:ListUsers iam:ListRoles iam:ListGroups iam:ListPolicies iam:GetAccountAuthorizationDetails
    iam:GetAccountSummary iam:SimulateCustomPolicy iam:GetContextKeysForCustomPolicy sts:GetCallerIdentity
    s3:ListAllMyBuckets`,
  ),
  ...known(
    [/^arn:[^:]+:s3:::[^/]+$/],
    `s3:ListBucket s3:GetBucketAcl s3:GetBucketLocation s3:CreateBucket s3:PutBucketPolicy s3:GetBucketPolicy
    s3:PutBucketVersioning s3:PutLifecycleConfiguration s3:PutEncryptionConfiguration s3:PutBucketPublicAccessBlock
    s3:PutBucketCORS`,
  ),
  ...known(
    [/^arn:[^:]+:s3:::[^/]+\/.+$/],
    `s3:GetObject s3:PutObject s3:DeleteObject s3:GetObjectAcl s3:GetObjectTagging s3:PutObjectTagging
    s3:GetObjectVersion`,
  ),
  ...known([/^arn:[^:]+:sns:[^:]*:[^:]*:[^:]+$/], 'sns:Publish'),
]);

const typePatterns: ReadonlyMap<string, RegExp> = new Map(
  resourceTypes.map((type) => [type.name, templatePattern(type.arn)]),
);

/** Whether the simulator knows the action: in its exact spelling. */
export function isRecognized(action: string): boolean {
  return findAction(action)?.action === action || otherActions.has(action);
}

/**
 * Whether the simulator judges the action on such a resource. Any action can be asked on the literal `*`; of an
 * action that it does not recognize it knows no types, and compares texts only.
 */
export function isEligible(action: string, resource: string): boolean {
  if (resource === '*') return true;
  const entry = findAction(action);
  if (entry?.action === action) {
    const types = [...entry.resourceTypes.map((type) => type.name), ...entry.alsoJudgedOn];
    return types.some((type) => typePatterns.get(type)?.test(resource));
  }
  const patterns = otherActions.get(action);
  return patterns === undefined || patterns.some((pattern) => pattern.test(resource));
}

/** `arn:${Partition}:rekognition:${Region}:${Account}:collection/${CollectionId}`: a variable is one ARN field or segment. */
function templatePattern(template: string): RegExp {
  const source = template
    .split(/\$\{\w+\}/)
    .map((part) => part.replace(/[.*+?^()|[\]\\]/g, '\\$&'))
    .join('[^:/]*');
  return new RegExp(`^${source}$`);
}

function known(patterns: readonly RegExp[], actions: string): [string, readonly RegExp[]][] {
  return actions.split(/\s+/).map((action) => [action, patterns]);
}

function iamResource(type: string): RegExp {
  return new RegExp(`^arn:[^:]+:iam::[^:]*:${type}/.+$`);
}
