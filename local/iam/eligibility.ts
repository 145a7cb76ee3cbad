import { findAction, resourceTypes } from '#lib/catalog/actions.ts';

/**
 * What the simulator knows of actions. With explicit resources it evaluates an action only on resources of the
 * types that the Service Authorization Reference lists for it, and refuses to mix actions that it recognizes with
 * ones that it does not.
 */

/** Actions of other services that the permission sets and the checker itself use: action → resource ARN patterns. */
const otherActions: ReadonlyMap<string, readonly RegExp[]> = new Map([
  ...entries(
    'iam',
    ['user'],
    [
      'GetUser',
      'ListGroupsForUser',
      'ListAttachedUserPolicies',
      'ListUserPolicies',
      'GetUserPolicy',
      'ListUserTags',
      'AttachUserPolicy',
      'DetachUserPolicy',
      'PutUserPolicy',
      'DeleteUserPolicy',
      'CreateUser',
      'DeleteUser',
      'TagUser',
      'UntagUser',
      'PutUserPermissionsBoundary',
      'DeleteUserPermissionsBoundary',
      'UpdateUser',
    ],
  ),
  ...entries(
    'iam',
    ['role'],
    [
      'GetRole',
      'ListAttachedRolePolicies',
      'ListRolePolicies',
      'GetRolePolicy',
      'ListRoleTags',
      'PassRole',
      'AttachRolePolicy',
      'DetachRolePolicy',
      'PutRolePolicy',
      'DeleteRolePolicy',
      'CreateRole',
      'DeleteRole',
      'TagRole',
      'UntagRole',
      'PutRolePermissionsBoundary',
      'DeleteRolePermissionsBoundary',
      'UpdateRole',
      'UpdateAssumeRolePolicy',
    ],
  ),
  ...entries(
    'iam',
    ['group'],
    [
      'GetGroup',
      'ListAttachedGroupPolicies',
      'ListGroupPolicies',
      'GetGroupPolicy',
      'AttachGroupPolicy',
      'DetachGroupPolicy',
      'PutGroupPolicy',
      'DeleteGroupPolicy',
      'CreateGroup',
      'DeleteGroup',
      'AddUserToGroup',
      'RemoveUserFromGroup',
      'UpdateGroup',
    ],
  ),
  ...entries(
    'iam',
    ['policy'],
    [
      'GetPolicy',
      'GetPolicyVersion',
      'ListPolicyVersions',
      'ListEntitiesForPolicy',
      'CreatePolicy',
      'DeletePolicy',
      'CreatePolicyVersion',
      'DeletePolicyVersion',
      'SetDefaultPolicyVersion',
    ],
  ),
  ...entries(
    'iam',
    ['user', 'role', 'group'],
    ['SimulatePrincipalPolicy', 'GetContextKeysForPrincipalPolicy'],
  ),
  ...entries(
    'iam',
    [],
    [
      'ListUsers',
      'ListRoles',
      'ListGroups',
      'ListPolicies',
      'GetAccountAuthorizationDetails',
      'GetAccountSummary',
      'SimulateCustomPolicy',
      'GetContextKeysForCustomPolicy',
    ],
  ),
  ...entries('sts', ['role'], ['AssumeRole', 'TagSession'], 'iam'),
  ['sts:GetCallerIdentity', []],
  ['s3:ListAllMyBuckets', []],
  ...[
    's3:ListBucket',
    's3:GetBucketAcl',
    's3:GetBucketLocation',
    's3:CreateBucket',
    's3:PutBucketPolicy',
    's3:GetBucketPolicy',
    's3:PutBucketVersioning',
    's3:PutLifecycleConfiguration',
    's3:PutEncryptionConfiguration',
    's3:PutBucketPublicAccessBlock',
    's3:PutBucketCORS',
  ].map((action): [string, RegExp[]] => [action, [/^arn:[^:]+:s3:::[^/]+$/]]),
  ...[
    's3:GetObject',
    's3:PutObject',
    's3:DeleteObject',
    's3:GetObjectAcl',
    's3:GetObjectTagging',
    's3:PutObjectTagging',
    's3:GetObjectVersion',
  ].map((action): [string, RegExp[]] => [action, [/^arn:[^:]+:s3:::[^/]+\/.+$/]]),
  ['sns:Publish', [/^arn:[^:]+:sns:[^:]*:[^:]*:[^:]+$/]],
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
  const known = findAction(action);
  if (known?.action === action) {
    const types = [...known.resourceTypes.map((type) => type.name), ...known.alsoJudgedOn];
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

function entries(
  service: string,
  types: readonly string[],
  names: readonly string[],
  resourceService = service,
): [string, RegExp[]][] {
  const patterns = types.map((type) => new RegExp(`^arn:[^:]+:${resourceService}::[^:]*:${type}/.+$`));
  return names.map((name) => [`${service}:${name}`, patterns]);
}
