import { uniqueId } from '../account/load.ts';
import { type Entity, type Group, type Role, replaceEntity, type User, withEntry } from '../account/state.ts';
import {
  entityArn,
  groupNamed,
  groupOf,
  type IamOperation,
  noSuchEntity,
  type OperationInput,
  policyArnParam,
  policyNamed,
  roleOf,
  userNamed,
  userOf,
} from './operation.ts';
import { boundaryShape, groupShape, roleShape, tagsShape, userShape } from './shapes.ts';
import { trustParam } from './trust-document.ts';
import {
  alreadyExists,
  checkModifiable,
  conflict,
  limitExceeded,
  nameParam,
  pathParam,
  tagsContext,
  tagsParam,
} from './validation.ts';

/** IAM's operations that make, change and delete users, roles and groups. */
export const entityOperations: Readonly<Record<string, IamOperation>> = {
  CreateUser: (input) => {
    const name = nameParam(input.params, 'UserName', 64);
    const user: User = {
      ...newEntity(input, 'user', name, 'AIDA'),
      ...newPrincipal(input, 'user', name),
      kind: 'user',
      groups: [],
    };
    refuseTwin(input.state.users, name, 'User');
    const shape = {
      ...userShape(user),
      PermissionsBoundary: boundaryShape(user.boundary),
      ...(user.tags.size > 0 && { Tags: tagsShape(user.tags) }),
    };
    return { next: replaceEntity(input.state, user), answer: { User: shape }, recorded: { User: shape } };
  },
  CreateRole: (input) => {
    const name = nameParam(input.params, 'RoleName', 64);
    const trust = trustParam(input, 'AssumeRolePolicyDocument');
    const description = input.params.get('Description');
    const role: Role = {
      ...newEntity(input, 'role', name, 'AROA'),
      ...newPrincipal(input, 'role', name),
      kind: 'role',
      trust,
      maxSessionDuration: input.params.integer('MaxSessionDuration', 3600, 43_200) ?? 3600,
      ...(description !== undefined && { description }),
    };
    refuseTwin(input.state.roles, name, 'Role');
    const shape = {
      ...roleShape(role),
      PermissionsBoundary: boundaryShape(role.boundary),
      ...(role.tags.size > 0 && { Tags: tagsShape(role.tags) }),
    };
    return { next: replaceEntity(input.state, role), answer: { Role: shape }, recorded: { Role: shape } };
  },
  CreateGroup: (input) => {
    const name = nameParam(input.params, 'GroupName', 128);
    const group: Group = { ...newEntity(input, 'group', name, 'AGPA'), kind: 'group' };
    input.authorize(group.arn);
    refuseTwin(input.state.groups, name, 'Group');
    const answer = { Group: groupShape(group) };
    return { next: replaceEntity(input.state, group), answer, recorded: answer };
  },
  UpdateUser: (input) => {
    const user = userOf(input);
    const renamed = moved(input, user, 'user', 'NewUserName', 64);
    if (renamed.name !== user.name) refuseTwin(input.state.users, renamed.name, 'User', user.name);
    const without = { ...input.state, users: withEntry(input.state.users, user.name, undefined) };
    return { next: replaceEntity(without, { ...user, ...renamed }) };
  },
  UpdateGroup: (input) => {
    const group = groupOf(input);
    const renamed = moved(input, group, 'group', 'NewGroupName', 128);
    if (renamed.name !== group.name) refuseTwin(input.state.groups, renamed.name, 'Group', group.name);
    const users = [...input.state.users.values()].map((user): [string, User] => [
      user.name,
      { ...user, groups: user.groups.map((name) => (name === group.name ? renamed.name : name)) },
    ]);
    const without = { ...input.state, groups: withEntry(input.state.groups, group.name, undefined) };
    return { next: replaceEntity({ ...without, users: new Map(users) }, { ...group, ...renamed }) };
  },
  UpdateRole: (input) => {
    const role = roleOf(input);
    const duration = input.params.integer('MaxSessionDuration', 3600, 43_200);
    checkModifiable(input, role, duration === undefined);
    const description = input.params.get('Description') ?? role.description;
    const seconds = duration ?? role.maxSessionDuration;
    const changed = {
      ...role,
      maxSessionDuration: seconds,
      ...(description !== undefined && { description }),
    };
    return { next: replaceEntity(input.state, changed), answer: {} };
  },
  UpdateRoleDescription: (input) => {
    const role = roleOf(input);
    checkModifiable(input, role, true);
    const changed = { ...role, description: input.params.require('Description') };
    return { next: replaceEntity(input.state, changed), answer: { Role: roleShape(changed) } };
  },
  UpdateAssumeRolePolicy: (input) => {
    const role = roleOf(input);
    checkModifiable(input, role);
    const trust = trustParam(input, 'PolicyDocument');
    return { next: replaceEntity(input.state, { ...role, trust }) };
  },
  DeleteUser: (input) => {
    const user = userOf(input);
    if (user.groups.length > 0) throw conflict('Cannot delete entity, must remove users from group first.');
    refuseBound(user);
    if ((user.accessKeys ?? []).length > 0) {
      throw conflict('Cannot delete entity, must delete access keys first.');
    }
    if (user.login !== undefined) throw conflict('Cannot delete entity, must delete login profile first.');
    return { next: { ...input.state, users: withEntry(input.state.users, user.name, undefined) } };
  },
  DeleteRole: (input) => {
    const role = roleOf(input);
    checkModifiable(input, role);
    refuseBound(role);
    if ([...input.state.instanceProfiles.values()].some((profile) => profile.role === role.name)) {
      throw conflict('Cannot delete entity, must remove roles from instance profile first.');
    }
    return { next: { ...input.state, roles: withEntry(input.state.roles, role.name, undefined) } };
  },
  DeleteGroup: (input) => {
    const group = groupOf(input);
    if ([...input.state.users.values()].some((user) => user.groups.includes(group.name))) {
      throw conflict('Cannot delete entity, must remove users from group first.');
    }
    refuseBound(group);
    return { next: { ...input.state, groups: withEntry(input.state.groups, group.name, undefined) } };
  },
  AddUserToGroup: (input) => {
    const { group, user } = membership(input);
    if (user.groups.includes(group.name)) return { next: input.state };
    if (user.groups.length >= 10) throw limitExceeded('Cannot exceed quota for GroupsPerUser: 10');
    return { next: replaceEntity(input.state, { ...user, groups: [...user.groups, group.name] }) };
  },
  RemoveUserFromGroup: (input) => {
    const { group, user } = membership(input);
    if (!user.groups.includes(group.name))
      throw noSuchEntity(`User ${user.name} is not in group ${group.name}.`);
    const groups = user.groups.filter((name) => name !== group.name);
    return { next: replaceEntity(input.state, { ...user, groups }) };
  },
};

function newEntity(
  input: OperationInput,
  kind: 'user' | 'role' | 'group',
  name: string,
  prefix: string,
): Entity {
  const path = pathParam(input.params);
  const { partition, accountId } = input.world;
  return {
    name,
    path,
    arn: `arn:${partition}:iam::${accountId}:${kind}${path}${name}`,
    id: uniqueId(prefix),
    createDate: input.world.clock(),
    inline: new Map(),
    attached: [],
  };
}

/** Boundary and tags of a new principal, once the caller may make it with them. */
function newPrincipal(input: OperationInput, kind: 'user' | 'role', name: string) {
  const { world, params } = input;
  const tags = tagsParam(params);
  const boundary =
    params.get('PermissionsBoundary') === undefined
      ? undefined
      : policyArnParam(input, 'PermissionsBoundary');
  const arn = `arn:${world.partition}:iam::${world.accountId}:${kind}${pathParam(params)}${name}`;
  input.authorize(arn, {
    ...tagsContext(tags),
    ...(boundary !== undefined && { 'iam:PermissionsBoundary': boundary }),
  });
  if (boundary === undefined) return { tags };
  policyNamed(input.state, boundary);
  return { tags, boundary };
}

/** Name, path and ARN after a rename. */
function moved(
  input: OperationInput,
  entity: Entity,
  kind: 'user' | 'group',
  parameter: string,
  maxLength: number,
) {
  const name =
    input.params.get(parameter) === undefined ? entity.name : nameParam(input.params, parameter, maxLength);
  const path = input.params.get('NewPath') === undefined ? entity.path : pathParam(input.params, 'NewPath');
  const { partition, accountId } = input.world;
  return { name, path, arn: `arn:${partition}:iam::${accountId}:${kind}${path}${name}` };
}

function membership(input: OperationInput) {
  const groupName = input.params.require('GroupName');
  const userName = input.params.require('UserName');
  input.authorize(entityArn(input, 'group', groupName));
  return { group: groupNamed(input.state, groupName), user: userNamed(input.state, userName) };
}

/** Names are unique without regard to case. */
function refuseTwin(
  entities: ReadonlyMap<string, Entity>,
  name: string,
  what: 'User' | 'Role' | 'Group',
  except?: string,
): void {
  for (const known of entities.keys()) {
    if (known !== except && known.toLowerCase() === name.toLowerCase()) {
      throw alreadyExists(`${what} with name ${name} already exists.`);
    }
  }
}

function refuseBound(entity: Entity): void {
  if (entity.attached.length > 0) throw conflict('Cannot delete entity, must detach all policies first.');
  if (entity.inline.size > 0) throw conflict('Cannot delete entity, must delete policies first.');
}
