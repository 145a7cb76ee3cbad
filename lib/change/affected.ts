import type { Touched } from './types.ts';

/** The fields of requestParameters and responseElements that name somebody. */
export interface ChangeParameters {
  readonly userName?: string | undefined;
  readonly roleName?: string | undefined;
  readonly groupName?: string | undefined;
  readonly policyArn?: string | undefined;
  readonly newUserName?: string | undefined;
  readonly newGroupName?: string | undefined;
  readonly setAsDefault?: boolean | undefined;
}

/** Whom an event touches, why nobody needs a check, or which field it should have had and has not. */
export type Affected =
  | readonly Touched[]
  | { readonly unaffected: string }
  | { readonly absent: keyof ChangeParameters };

type Rule = (parameters: ChangeParameters) => Affected;

const user: Rule = ({ userName }) =>
  userName === undefined ? { absent: 'userName' } : [{ kind: 'principal', type: 'user', name: userName }];
const role: Rule = ({ roleName }) =>
  roleName === undefined ? { absent: 'roleName' } : [{ kind: 'principal', type: 'role', name: roleName }];
const group: Rule = ({ groupName, newGroupName }) => {
  const name = newGroupName ?? groupName;
  return name === undefined ? { absent: 'groupName' } : [{ kind: 'group', name }];
};
const policy: Rule = ({ policyArn }) =>
  policyArn === undefined ? { absent: 'policyArn' } : [{ kind: 'policy', arn: policyArn }];
const account =
  (reason: string): Rule =>
  () => [{ kind: 'account', reason }];
const nobody =
  (reason: string): Rule =>
  () => ({ unaffected: reason });

/** A rename leaves the old name without an owner and its findings with nobody to resolve them. */
const renamedUser: Rule = ({ userName, newUserName }) => {
  if (userName === undefined) return { absent: 'userName' };
  if (newUserName === undefined || newUserName === userName)
    return [{ kind: 'principal', type: 'user', name: userName }];
  return [
    { kind: 'deleted', type: 'user', name: userName },
    { kind: 'principal', type: 'user', name: newUserName },
  ];
};
const deletedUser: Rule = ({ userName }) =>
  userName === undefined ? { absent: 'userName' } : [{ kind: 'deleted', type: 'user', name: userName }];
const deletedRole: Rule = ({ roleName }) =>
  roleName === undefined ? { absent: 'roleName' } : [{ kind: 'deleted', type: 'role', name: roleName }];

const scp = account('an organization policy or the place of this account in the organization changed');

/**
 * IAM's events and whom each touches. The rule in template.yaml asks EventBridge for exactly those of them that
 * touch somebody.
 */
export const iamEvents: Readonly<Record<string, Rule>> = {
  AttachUserPolicy: user,
  DetachUserPolicy: user,
  PutUserPolicy: user,
  DeleteUserPolicy: user,
  PutUserPermissionsBoundary: user,
  DeleteUserPermissionsBoundary: user,
  TagUser: user,
  UntagUser: user,
  CreateUser: user,
  AddUserToGroup: user,
  RemoveUserFromGroup: user,
  UpdateUser: renamedUser,
  DeleteUser: deletedUser,

  AttachRolePolicy: role,
  DetachRolePolicy: role,
  PutRolePolicy: role,
  DeleteRolePolicy: role,
  PutRolePermissionsBoundary: role,
  DeleteRolePermissionsBoundary: role,
  TagRole: role,
  UntagRole: role,
  CreateRole: role,
  AcquireRole: role,
  UpdateRole: role,
  CreateServiceLinkedRole: role,
  DeleteRole: deletedRole,

  AttachGroupPolicy: group,
  DetachGroupPolicy: group,
  PutGroupPolicy: group,
  DeleteGroupPolicy: group,
  UpdateGroup: group,

  CreatePolicyVersion: (parameters) =>
    parameters.setAsDefault === true
      ? policy(parameters)
      : { unaffected: 'the new version is not the default' },
  SetDefaultPolicyVersion: policy,

  PutAccountProperties: account('the account’s IAM properties changed'),
  AcceptDelegationRequest: account('a temporary delegation was accepted'),
  AssociateDelegationRequest: account('a temporary delegation was associated'),

  CreatePolicy: nobody('a new policy is attached to nobody'),
  DeletePolicy: nobody('only a detached policy can be deleted'),
  DeletePolicyVersion: nobody('the default version cannot be deleted'),
  CreateGroup: nobody('a new group has no members'),
  DeleteGroup: nobody('only a group without members can be deleted'),
  UpdateAssumeRolePolicy: nobody('who may assume a role does not change what the role can do'),
};

/** Organizations' events, seen where the stack sits in the management account. */
export const organizationsEvents: Readonly<Record<string, Rule>> = {
  AttachPolicy: scp,
  DetachPolicy: scp,
  UpdatePolicy: scp,
  DeletePolicy: scp,
  EnablePolicyType: scp,
  DisablePolicyType: scp,
  EnableAllFeatures: scp,
  MoveAccount: scp,
  RemoveAccountFromOrganization: scp,
  LeaveOrganization: scp,
  AcceptHandshake: scp,
  InviteAccountToOrganization: nobody('an invitation changes nothing until it is accepted'),
  CreatePolicy: nobody('a new policy is attached to nothing'),
  CreateOrganizationalUnit: nobody('a new unit holds no account'),
  DeleteOrganizationalUnit: nobody('only an empty unit can be deleted'),
};
