import type { Group, IamState, ManagedPolicy, Role, User } from '../account/state.ts';

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

interface UsageCounts {
  readonly AttachmentCount: number;
  readonly PermissionsBoundaryUsageCount: number;
}

const usage = new WeakMap<IamState, ReadonlyMap<string, UsageCounts>>();

/** How often a policy is attached, and how often it is a boundary. */
export function usageCounts(policy: ManagedPolicy, state: IamState): UsageCounts {
  let counts = usage.get(state);
  if (!counts) {
    counts = countUsage(state);
    usage.set(state, counts);
  }
  return counts.get(policy.arn) ?? { AttachmentCount: 0, PermissionsBoundaryUsageCount: 0 };
}

function countUsage(state: IamState): ReadonlyMap<string, UsageCounts> {
  const counts = new Map<string, UsageCounts>();
  const add = (arn: string, attachments: number, boundaries: number) => {
    const { AttachmentCount = 0, PermissionsBoundaryUsageCount = 0 } = counts.get(arn) ?? {};
    counts.set(arn, {
      AttachmentCount: AttachmentCount + attachments,
      PermissionsBoundaryUsageCount: PermissionsBoundaryUsageCount + boundaries,
    });
  };
  for (const entity of [...state.users.values(), ...state.roles.values(), ...state.groups.values()]) {
    for (const arn of entity.attached) add(arn, 1, 0);
    if (entity.kind !== 'group' && entity.boundary !== undefined) add(entity.boundary, 0, 1);
  }
  return counts;
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
