import { type Entity, entitiesOf, isAwsManaged } from '../account/state.ts';
import {
  groupOf,
  type IamOperation,
  type OperationInput,
  page,
  policyOf,
  roleOf,
  userOf,
} from './operation.ts';
import { versionShape } from './reads.ts';
import { attachedShape, groupShape, policyShape, roleShape, tagsShape, userShape } from './shapes.ts';

/** IAM's operations that answer lists, in pages. */
export const listOperations: Readonly<Record<string, IamOperation>> = {
  ListUsers: (input) => {
    const { items, more } = page(input, byPath(input, input.state.users.values(), 'user'));
    return { answer: { Users: items.map(userShape), ...more } };
  },
  ListRoles: (input) => {
    const { items, more } = page(input, byPath(input, input.state.roles.values(), 'role'));
    return { answer: { Roles: items.map(roleShape), ...more } };
  },
  ListGroups: (input) => {
    const { items, more } = page(input, byPath(input, input.state.groups.values(), 'group'));
    return { answer: { Groups: items.map(groupShape), ...more } };
  },
  ListGroupsForUser: (input) => {
    const user = userOf(input);
    const groups = user.groups.flatMap((name) => input.state.groups.get(name) ?? []);
    const { items, more } = page(input, groups);
    return { answer: { Groups: items.map(groupShape), ...more } };
  },
  ListAttachedUserPolicies: (input) => attachedPolicies(input, userOf(input)),
  ListAttachedRolePolicies: (input) => attachedPolicies(input, roleOf(input)),
  ListAttachedGroupPolicies: (input) => attachedPolicies(input, groupOf(input)),
  ListUserPolicies: (input) => inlineNames(input, userOf(input)),
  ListRolePolicies: (input) => inlineNames(input, roleOf(input)),
  ListGroupPolicies: (input) => inlineNames(input, groupOf(input)),
  ListUserTags: (input) => tagPage(input, userOf(input).tags),
  ListRoleTags: (input) => tagPage(input, roleOf(input).tags),
  ListPolicyTags: (input) => tagPage(input, policyOf(input).tags),
  ListPolicyVersions: (input) => {
    const policy = policyOf(input);
    const { items, more } = page(input, policy.versions);
    return { answer: { Versions: items.map((version) => versionShape(policy, version)), ...more } };
  },
  ListPolicies: (input) => {
    const scope = input.params.get('Scope') ?? 'All';
    const usage = input.params.get('PolicyUsageFilter');
    const onlyAttached = input.params.boolean('OnlyAttached') ?? false;
    const prefix = input.params.get('PathPrefix') ?? '/';
    input.authorize(`arn:${input.world.partition}:iam::${input.world.accountId}:policy/`);
    const policies = [...input.state.policies.values()].filter((policy) => {
      if (scope === 'AWS' && !isAwsManaged(policy.arn)) return false;
      if (scope === 'Local' && isAwsManaged(policy.arn)) return false;
      if (!policy.path.startsWith(prefix)) return false;
      const counts = policyShape(policy, input.state);
      if (onlyAttached && counts.AttachmentCount + counts.PermissionsBoundaryUsageCount === 0) return false;
      if (usage === 'PermissionsBoundary') return counts.PermissionsBoundaryUsageCount > 0;
      return usage === 'PermissionsPolicy' ? counts.AttachmentCount > 0 : true;
    });
    const { items, more } = page(input, policies);
    return { answer: { Policies: items.map((policy) => policyShape(policy, input.state)), ...more } };
  },
  ListEntitiesForPolicy: (input) => {
    const { arn } = policyOf(input);
    const usage = input.params.get('PolicyUsageFilter');
    const filter = input.params.get('EntityFilter');
    const prefix = input.params.get('PathPrefix') ?? '/';
    const { permissions, boundary } = entitiesOf(input.state, arn);
    const grants = usage !== 'PermissionsBoundary';
    const bounds = usage !== 'PermissionsPolicy';
    const wanted = <T extends Entity>(kind: string, lists: readonly (readonly T[])[]): T[] =>
      filter === undefined || filter === kind
        ? [...new Set(lists.flat())].filter((entity) => entity.path.startsWith(prefix))
        : [];
    const groups = wanted('Group', grants ? [permissions.groups] : []);
    const users = wanted('User', [
      ...(grants ? [permissions.users] : []),
      ...(bounds ? [boundary.users] : []),
    ]);
    const roles = wanted('Role', [
      ...(grants ? [permissions.roles] : []),
      ...(bounds ? [boundary.roles] : []),
    ]);
    const { items, more } = page(input, [...groups, ...users, ...roles]);
    return {
      answer: {
        PolicyGroups: items.flatMap((item) =>
          item.kind === 'group' ? { GroupName: item.name, GroupId: item.id } : [],
        ),
        PolicyUsers: items.flatMap((item) =>
          item.kind === 'user' ? { UserName: item.name, UserId: item.id } : [],
        ),
        PolicyRoles: items.flatMap((item) =>
          item.kind === 'role' ? { RoleName: item.name, RoleId: item.id } : [],
        ),
        ...more,
      },
    };
  },
};

function byPath<T extends Entity>(input: OperationInput, entities: Iterable<T>, kind: string): T[] {
  const prefix = input.params.get('PathPrefix') ?? '/';
  // IAM authorizes a list on the path that it lists.
  input.authorize(`arn:${input.world.partition}:iam::${input.world.accountId}:${kind}${prefix}`);
  return [...entities].filter((entity) => entity.path.startsWith(prefix));
}

function attachedPolicies(input: OperationInput, entity: Entity) {
  const { items, more } = page(input, attachedShape(input.state, entity.attached));
  return { answer: { AttachedPolicies: items, ...more } };
}

function inlineNames(input: OperationInput, entity: Entity) {
  const { items, more } = page(input, [...entity.inline.keys()]);
  return { answer: { PolicyNames: items, ...more } };
}

function tagPage(input: OperationInput, tags: ReadonlyMap<string, string>) {
  const { items, more } = page(input, tagsShape(tags));
  return { answer: { Tags: items, ...more } };
}
