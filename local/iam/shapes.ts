import {
  entitiesOf,
  type Group,
  type IamState,
  type ManagedPolicy,
  type Role,
  type User,
} from '#local/iam/state.ts';

/** IAM's structures, as the API reference names their members. Lists leave out what AWS leaves out of them. */

export const userShape = (user: User) => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: user.createDate,
});

export const roleShape = (role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: role.createDate,
  AssumeRolePolicyDocument: encodeDocument(role.trust),
  Description: role.description,
  MaxSessionDuration: role.maxSessionDuration,
});

export const groupShape = (group: Group) => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: group.arn,
  CreateDate: group.createDate,
});

export const policyShape = (policy: ManagedPolicy, state: IamState) => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.defaultVersionId,
  ...usageCounts(policy, state),
  IsAttachable: true,
  CreateDate: policy.createDate,
  UpdateDate: policy.updateDate,
});

/** How often a policy is attached, and how often it is a boundary. */
export function usageCounts(policy: ManagedPolicy, state: IamState) {
  const { permissions, boundary } = entitiesOf(state, policy.arn);
  return {
    AttachmentCount: permissions.groups.length + permissions.users.length + permissions.roles.length,
    PermissionsBoundaryUsageCount: boundary.users.length + boundary.roles.length,
  };
}

export const boundaryShape = (arn: string | undefined) =>
  arn === undefined ? undefined : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: arn };

export const tagsShape = (tags: ReadonlyMap<string, string>) =>
  [...tags].map(([Key, Value]) => ({ Key, Value }));

export const attachedShape = (state: IamState, arns: readonly string[]) =>
  arns.map((arn) => ({
    PolicyName: state.policies.get(arn)?.name ?? arn.slice(arn.lastIndexOf('/') + 1),
    PolicyArn: arn,
  }));

/** Policy documents go over the wire URL-encoded, RFC 3986. */
export const encodeDocument = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
