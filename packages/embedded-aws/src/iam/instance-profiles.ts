import type { RequestContext } from '@permission-check/iam-policy';
import { uniqueId } from '../account/load.ts';
import { type IamState, type InstanceProfile, inAnyCase, withEntry } from '../account/state.ts';
import {
  type IamOperation,
  noSuchEntity,
  type OperationInput,
  page,
  roleNamed,
  roleOf,
} from './operation.ts';
import { roleShape, tagsShape } from './shapes.ts';
import {
  addTags,
  alreadyExists,
  checkModifiable,
  conflict,
  limitExceeded,
  nameParam,
  pathParam,
  removeTags,
  tagsContext,
  tagsParam,
} from './validation.ts';

/** IAM's operations that show instance profiles, which hand an EC2 instance its role. */
export const instanceProfileReads: Readonly<Record<string, IamOperation>> = {
  GetInstanceProfile: (input) => ({
    answer: { InstanceProfile: instanceProfileShape(input.state, profileOf(input)) },
  }),
  ListInstanceProfiles: (input) => {
    const prefix = input.params.get('PathPrefix') ?? '/';
    input.authorize(arnOf(input, prefix, ''));
    return profiles(
      input,
      [...input.state.instanceProfiles.values()].filter(({ path }) => path.startsWith(prefix)),
    );
  },
  ListInstanceProfilesForRole: (input) => {
    const role = roleOf(input);
    return profiles(input, profilesOf(input.state, role.name));
  },
  ListInstanceProfileTags: (input) => {
    const { items, more } = page(input, tagsShape(profileOf(input).tags));
    return { answer: { Tags: items, ...more } };
  },
};

/** And those that change them. */
export const instanceProfileWrites: Readonly<Record<string, IamOperation>> = {
  CreateInstanceProfile: (input) => {
    const name = nameParam(input.params, 'InstanceProfileName', 128);
    const path = pathParam(input.params);
    const tags = tagsParam(input.params);
    const profile: InstanceProfile = {
      name,
      path,
      arn: arnOf(input, path, name),
      id: uniqueId('AIPA'),
      createDate: input.world.clock(),
      tags,
    };
    input.authorize(profile.arn, tagsContext(tags));
    if (inAnyCase(input.state.instanceProfiles, name) !== undefined) {
      throw alreadyExists(`Instance Profile ${name} already exists.`);
    }
    const next = withProfile(input.state, profile);
    const answer = { InstanceProfile: instanceProfileShape(next, profile) };
    return { next, answer, recorded: answer };
  },
  DeleteInstanceProfile: (input) => {
    const profile = profileOf(input);
    if (profile.role !== undefined) {
      throw conflict('Cannot delete entity, must remove roles from instance profile first.');
    }
    const instanceProfiles = withEntry(input.state.instanceProfiles, profile.name, undefined);
    return { next: { ...input.state, instanceProfiles } };
  },
  AddRoleToInstanceProfile: (input) => {
    const profile = profileOf(input);
    const role = roleNamed(input.state, input.params.require('RoleName'));
    checkModifiable(input, role);
    input.authorizeAlso('iam:PassRole', role.arn);
    if (profile.role !== undefined) {
      throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
    }
    return { next: withProfile(input.state, { ...profile, role: role.name }) };
  },
  RemoveRoleFromInstanceProfile: (input) => {
    const { role, ...profile } = profileOf(input);
    const name = input.params.require('RoleName');
    if (role === undefined || role.toLowerCase() !== name.toLowerCase()) {
      throw noSuchEntity(`The role with name ${name} cannot be found.`);
    }
    return { next: withProfile(input.state, profile) };
  },
  TagInstanceProfile: (input) => {
    const given = tagsParam(input.params);
    const profile = profileOf(input, tagsContext(given));
    return { next: withProfile(input.state, { ...profile, tags: addTags(profile.tags, given) }) };
  },
  UntagInstanceProfile: (input) => {
    const keys = input.params.list('TagKeys') ?? [];
    const profile = profileOf(input, { 'aws:TagKeys': keys });
    return { next: withProfile(input.state, { ...profile, tags: removeTags(profile.tags, keys) }) };
  },
};

/** As the API reference names its members, the role with it. */
export function instanceProfileShape(state: IamState, profile: InstanceProfile) {
  const role = profile.role === undefined ? undefined : state.roles.get(profile.role);
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: profile.createDate,
    Roles: role === undefined ? [] : [roleShape(role)],
    ...(profile.tags.size > 0 && { Tags: tagsShape(profile.tags) }),
  };
}

/** The instance profiles that have the role. */
export const profilesOf = (state: IamState, roleName: string): InstanceProfile[] =>
  [...state.instanceProfiles.values()].filter((profile) => profile.role === roleName);

function profiles(input: OperationInput, all: readonly InstanceProfile[]) {
  const { items, more } = page(input, all);
  return {
    answer: {
      InstanceProfiles: items.map((profile) => instanceProfileShape(input.state, profile)),
      ...more,
    },
  };
}

function profileOf(input: OperationInput, context: RequestContext = {}): InstanceProfile {
  const name = input.params.require('InstanceProfileName');
  const profile = inAnyCase(input.state.instanceProfiles, name);
  input.authorize(profile?.arn ?? arnOf(input, '/', name), context);
  if (profile === undefined) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}

const withProfile = (state: IamState, profile: InstanceProfile): IamState => ({
  ...state,
  instanceProfiles: withEntry(state.instanceProfiles, profile.name, profile),
});

const arnOf = ({ world }: OperationInput, path: string, name: string): string =>
  `arn:${world.partition}:iam::${world.accountId}:instance-profile${path}${name}`;
