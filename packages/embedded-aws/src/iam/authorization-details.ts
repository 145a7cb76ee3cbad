import {
  type Entity,
  type Group,
  type IamState,
  isAwsManaged,
  type ManagedPolicy,
  type Role,
  type User,
} from '../account/state.ts';
import { AwsError } from '../types.ts';
import type { XmlValue } from '../wire/query-protocol.ts';
import { instanceProfileShape, profilesOf } from './instance-profiles.ts';
import { continuation, type IamOperation, type OperationInput, pageSize, readMarker } from './operation.ts';
import { versionShape } from './reads.ts';
import {
  attachedShape,
  boundaryShape,
  encodeDocument,
  groupShape,
  policyShape,
  roleShape,
  tagsShape,
  usageCounts,
  userShape,
} from './shapes.ts';

const filters = ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const;

type Filter = (typeof filters)[number];
type ListName = 'UserDetailList' | 'GroupDetailList' | 'RoleDetailList' | 'Policies';

export const detailOperations: Readonly<Record<string, IamOperation>> = {
  GetAccountAuthorizationDetails: (input) => {
    input.authorize('*');
    const wanted = readFilters(input);
    const items = details(input.state, wanted);
    const size = pageSize(input);
    const { start, empty } = position(input);
    if (empty) return { answer: { ...split([]), ...continuation(start * 2 + 1) } };
    const end = start + size;
    const more = end < items.length;
    const next = input.world.faults.emptyPages ? end * 2 : end;
    return {
      answer: { ...split(items.slice(start, end)), ...continuation(more ? next : undefined) },
    };
  },
};

/** With empty pages, markers count twice: an even one is answered by an empty page that points at the odd one. */
function position(input: OperationInput): { start: number; empty: boolean } {
  const marker = readMarker(input.params.get('Marker'));
  if (!input.world.faults.emptyPages) return { start: marker, empty: false };
  return { start: Math.floor(marker / 2), empty: marker % 2 === 0 && marker > 0 };
}

function readFilters(input: OperationInput): ReadonlySet<Filter> {
  const asked = input.params.list('Filter') ?? [];
  const known = asked.flatMap((name) => filters.find((filter) => filter === name) ?? []);
  if (known.length < asked.length) {
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value '[${asked.join(', ')}]' at 'filter' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [${filters.join(', ')}]]`,
      400,
    );
  }
  return new Set(known.length > 0 ? known : filters);
}

/** The list that an entry belongs to, and the entry, made only for the page that it is on. */
type Item = readonly [ListName, () => XmlValue];

function details(state: IamState, wanted: ReadonlySet<Filter>): Item[] {
  const { users, groups, roles, policies } = state;
  const listed = <T>(
    filter: Filter,
    list: ListName,
    entities: Iterable<T>,
    shape: (entity: T) => XmlValue,
  ): Item[] => (wanted.has(filter) ? [...entities].map((entity): Item => [list, () => shape(entity)]) : []);
  const own = [...policies.values()].filter((policy) => !isAwsManaged(policy.arn));
  // AWS's own policies come only when somebody uses them.
  const aws = [...policies.values()].filter((policy) => isAwsManaged(policy.arn) && inUse(state, policy));
  const detail = (policy: ManagedPolicy) => policyDetail(state, policy);
  return [
    ...listed('User', 'UserDetailList', users.values(), (user) => userDetail(state, user)),
    ...listed('Group', 'GroupDetailList', groups.values(), (group) => groupDetail(state, group)),
    ...listed('Role', 'RoleDetailList', roles.values(), (role) => roleDetail(state, role)),
    ...listed('LocalManagedPolicy', 'Policies', own, detail),
    ...listed('AWSManagedPolicy', 'Policies', aws, detail),
  ];
}

function inUse(state: IamState, policy: ManagedPolicy): boolean {
  const counts = usageCounts(policy, state);
  return counts.AttachmentCount + counts.PermissionsBoundaryUsageCount > 0;
}

const userDetail = (state: IamState, user: User): XmlValue => ({
  ...userShape(user),
  UserPolicyList: inlineShape(user),
  GroupList: user.groups,
  AttachedManagedPolicies: attachedShape(state, user.attached),
  PermissionsBoundary: boundaryShape(user.boundary),
  Tags: tagsShape(user.tags),
});

const groupDetail = (state: IamState, group: Group): XmlValue => ({
  ...groupShape(group),
  GroupPolicyList: inlineShape(group),
  AttachedManagedPolicies: attachedShape(state, group.attached),
});

function roleDetail(state: IamState, role: Role): XmlValue {
  const { Description: _, MaxSessionDuration: __, ...shape } = roleShape(role);
  return {
    ...shape,
    InstanceProfileList: profilesOf(state, role.name).map((profile) => instanceProfileShape(state, profile)),
    RolePolicyList: inlineShape(role),
    AttachedManagedPolicies: attachedShape(state, role.attached),
    PermissionsBoundary: boundaryShape(role.boundary),
    Tags: tagsShape(role.tags),
    RoleLastUsed: {},
  };
}

const policyDetail = (state: IamState, policy: ManagedPolicy): XmlValue => ({
  ...policyShape(policy, state),
  Description: policy.description,
  PolicyVersionList: policy.versions.map((version) => ({
    Document: encodeDocument(version.text),
    ...versionShape(policy, version),
  })),
});

const inlineShape = (entity: Entity): XmlValue =>
  [...entity.inline].map(([PolicyName, text]) => ({ PolicyName, PolicyDocument: encodeDocument(text) }));

function split(items: readonly Item[]): { [name in ListName]: XmlValue } {
  const list = (name: ListName): XmlValue =>
    items.flatMap(([list, shape]) => (list === name ? [shape()] : []));
  return {
    UserDetailList: list('UserDetailList'),
    GroupDetailList: list('GroupDetailList'),
    RoleDetailList: list('RoleDetailList'),
    Policies: list('Policies'),
  };
}
