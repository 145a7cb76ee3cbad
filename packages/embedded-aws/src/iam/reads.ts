import type { Entity, ManagedPolicy, PolicyVersion, User } from '../account/state.ts';
import type { XmlValue } from '../wire/query-protocol.ts';
import {
  groupOf,
  type IamOperation,
  mustNameUser,
  noSuchEntity,
  type OperationInput,
  page,
  policyOf,
  roleOf,
  userNamed,
  userOf,
} from './operation.ts';
import {
  boundaryShape,
  encodeDocument,
  groupShape,
  policyShape,
  roleShape,
  tagsShape,
  userShape,
} from './shapes.ts';

/** IAM's operations that read one thing. */
export const readOperations: Readonly<Record<string, IamOperation>> = {
  GetUser: (input) => {
    const user = input.params.get('UserName') === undefined ? callersUser(input) : userOf(input);
    return {
      answer: {
        User: {
          ...userShape(user),
          PermissionsBoundary: boundaryShape(user.boundary),
          ...(user.tags.size > 0 && { Tags: tagsShape(user.tags) }),
        },
      },
    };
  },
  GetRole: (input) => {
    const role = roleOf(input);
    return {
      answer: {
        Role: {
          ...roleShape(role),
          PermissionsBoundary: boundaryShape(role.boundary),
          ...(role.tags.size > 0 && { Tags: tagsShape(role.tags) }),
          RoleLastUsed: {},
        },
      },
    };
  },
  GetGroup: (input) => {
    const group = groupOf(input);
    const members = [...input.state.users.values()].filter((user) => user.groups.includes(group.name));
    const { items, more } = page(input, members);
    return { answer: { Group: groupShape(group), Users: items.map(userShape), ...more } };
  },
  GetPolicy: (input) => {
    const policy = policyOf(input);
    const Description = policy.description;
    return {
      answer: { Policy: { ...policyShape(policy, input.state), Description, Tags: tagsShape(policy.tags) } },
    };
  },
  GetPolicyVersion: (input) => {
    const policy = policyOf(input);
    const versionId = input.params.require('VersionId');
    const version = policy.versions.find((candidate) => candidate.versionId === versionId);
    if (!version) {
      throw noSuchEntity(`Policy ${policy.arn} version ${versionId} does not exist or is not attachable.`);
    }
    return {
      answer: { PolicyVersion: { Document: encodeDocument(version.text), ...versionShape(policy, version) } },
    };
  },
  GetUserPolicy: (input) => {
    const user = userOf(input);
    return inlinePolicy(input, user, 'user', { UserName: user.name });
  },
  GetRolePolicy: (input) => {
    const role = roleOf(input);
    return inlinePolicy(input, role, 'role', { RoleName: role.name });
  },
  GetGroupPolicy: (input) => {
    const group = groupOf(input);
    return inlinePolicy(input, group, 'group', { GroupName: group.name });
  },
};

export const versionShape = (policy: ManagedPolicy, version: PolicyVersion) => ({
  VersionId: version.versionId,
  IsDefaultVersion: version.versionId === policy.defaultVersionId,
  CreateDate: version.createDate,
});

function callersUser(input: OperationInput): User {
  const name = input.caller.context['aws:username'];
  if (typeof name !== 'string') throw mustNameUser();
  input.authorize(input.caller.principalArn);
  return userNamed(input.state, name);
}

function inlinePolicy(
  input: OperationInput,
  entity: Entity,
  kind: string,
  names: { [name: string]: XmlValue },
) {
  const policyName = input.params.require('PolicyName');
  const text = entity.inline.get(policyName);
  if (text === undefined) throw noSuchEntity(`The ${kind} policy with name ${policyName} cannot be found.`);
  return { answer: { ...names, PolicyName: policyName, PolicyDocument: encodeDocument(text) } };
}
