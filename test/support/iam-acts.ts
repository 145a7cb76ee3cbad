/** What somebody does to users, groups and roles, by their kind. */
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  type IAMClient,
  ListPolicyVersionsCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
  UpdateRoleCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';

export type Entity = `user-${number}` | `group-${number}` | `role-${number}`;
type Kind = 'user' | 'group' | 'role';

export const kindOf = (who: Entity): Kind =>
  who.startsWith('user') ? 'user' : who.startsWith('group') ? 'group' : 'role';

const PolicyName = 'own';
const AssumeRolePolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** IAM, with one inline policy for each, `own`. */
export class IamActs {
  readonly #iam: IAMClient;

  constructor(iam: IAMClient) {
    this.#iam = iam;
  }

  create(kind: Kind, name: string): Promise<unknown> {
    if (kind === 'user') return this.#iam.send(new CreateUserCommand({ UserName: name }));
    if (kind === 'group') return this.#iam.send(new CreateGroupCommand({ GroupName: name }));
    return this.#iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  }

  delete(kind: Kind, name: string): Promise<unknown> {
    if (kind === 'user') return this.#iam.send(new DeleteUserCommand({ UserName: name }));
    if (kind === 'group') return this.#iam.send(new DeleteGroupCommand({ GroupName: name }));
    return this.#iam.send(new DeleteRoleCommand({ RoleName: name }));
  }

  put(kind: Kind, name: string, PolicyDocument: string): Promise<unknown> {
    const policy = { PolicyName, PolicyDocument };
    if (kind === 'user') return this.#iam.send(new PutUserPolicyCommand({ UserName: name, ...policy }));
    if (kind === 'group') return this.#iam.send(new PutGroupPolicyCommand({ GroupName: name, ...policy }));
    return this.#iam.send(new PutRolePolicyCommand({ RoleName: name, ...policy }));
  }

  take(kind: Kind, name: string): Promise<unknown> {
    if (kind === 'user') return this.#iam.send(new DeleteUserPolicyCommand({ UserName: name, PolicyName }));
    if (kind === 'group')
      return this.#iam.send(new DeleteGroupPolicyCommand({ GroupName: name, PolicyName }));
    return this.#iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName }));
  }

  attach(kind: Kind, name: string, PolicyArn: string): Promise<unknown> {
    if (kind === 'user') return this.#iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }));
    if (kind === 'group') return this.#iam.send(new AttachGroupPolicyCommand({ GroupName: name, PolicyArn }));
    return this.#iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
  }

  detach(kind: Kind, name: string, PolicyArn: string): Promise<unknown> {
    if (kind === 'user') return this.#iam.send(new DetachUserPolicyCommand({ UserName: name, PolicyArn }));
    if (kind === 'group') return this.#iam.send(new DetachGroupPolicyCommand({ GroupName: name, PolicyArn }));
    return this.#iam.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
  }

  rename(kind: Kind, name: string, next: string): Promise<unknown> {
    if (kind === 'user') return this.#iam.send(new UpdateUserCommand({ UserName: name, NewUserName: next }));
    if (kind === 'group')
      return this.#iam.send(new UpdateGroupCommand({ GroupName: name, NewGroupName: next }));
    return this.#iam.send(new UpdateRoleCommand({ RoleName: name, Description: next }));
  }

  join(UserName: string, GroupName: string): Promise<unknown> {
    return this.#iam.send(new AddUserToGroupCommand({ UserName, GroupName }));
  }

  leave(UserName: string, GroupName: string): Promise<unknown> {
    return this.#iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
  }

  /** Makes a managed policy; answers its ARN. */
  async policy(name: string, PolicyDocument: string): Promise<string> {
    const { Policy } = await this.#iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
    return Policy?.Arn ?? '';
  }

  /** Makes another default version of a managed policy, in place of the oldest where it has five. */
  async version(PolicyArn: string, PolicyDocument: string): Promise<void> {
    const { Versions = [] } = await this.#iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    const old = Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).at(-1);
    if (Versions.length > 4 && old?.VersionId !== undefined)
      await this.#iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: old.VersionId }));
    await this.#iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
  }
}
