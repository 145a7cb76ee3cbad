import type { ChangeParameters } from './parameters.ts';
import type { PolicyEdit, Tags } from './types.ts';

const acts: readonly (readonly [RegExp, (parameters: ChangeParameters) => PolicyEdit | undefined])[] = [
  [
    /^Attach(User|Role|Group)Policy$/,
    ({ policyArn: arn, groupName: group }) => (arn === undefined ? undefined : { act: 'attach', arn, group }),
  ],
  [
    /^Detach(User|Role|Group)Policy$/,
    ({ policyArn: arn, groupName: group }) => (arn === undefined ? undefined : { act: 'detach', arn, group }),
  ],
  [
    /^Put(User|Role|Group)Policy$/,
    ({ policyName: name, groupName: group, policyDocument: text }) =>
      name === undefined ? undefined : { act: 'put', name, group, text },
  ],
  [
    /^Delete(User|Role|Group)Policy$/,
    ({ policyName: name, groupName: group }) =>
      name === undefined ? undefined : { act: 'delete', name, group },
  ],
  [
    /^CreatePolicy$/,
    ({ policyArn: arn, policyDocument: text }) =>
      arn === undefined || text === undefined ? undefined : { act: 'version', arn, text, isFirst: true },
  ],
  [
    /^CreatePolicyVersion$/,
    ({ policyArn: arn, policyDocument: text, isDefaultVersion }) =>
      arn === undefined || isDefaultVersion === false ? undefined : { act: 'version', arn, text },
  ],
  [
    /^SetDefaultPolicyVersion$/,
    ({ policyArn: arn, versionId }) => (arn === undefined ? undefined : { act: 'version', arn, versionId }),
  ],
  [
    /^Create(User|Role)$/,
    // Who is made anew has neither the boundary nor the tags of who had the name before.
    ({ permissionsBoundary: arn, tags, assumeRolePolicyDocument: trust }) => ({
      act: 'create',
      arn,
      tags: tagsOf(tags),
      trust,
    }),
  ],
  [/^UpdateAssumeRolePolicy$/, ({ policyDocument: text }) => ({ act: 'trust', text })],
  [/^Tag(User|Role)$/, ({ tags }) => (tags === undefined ? undefined : { act: 'tag', tags: tagsOf(tags) })],
  [/^Untag(User|Role)$/, ({ tagKeys: keys }) => (keys === undefined ? undefined : { act: 'untag', keys })],
  [
    /^Put(User|Role)PermissionsBoundary$/,
    ({ permissionsBoundary: arn }) => (arn === undefined ? undefined : { act: 'bound', arn }),
  ],
  [/^Delete(User|Role)PermissionsBoundary$/, () => ({ act: 'unbound' })],
  [/^AddUserToGroup$/, ({ groupName: group }) => (group === undefined ? undefined : { act: 'join', group })],
  [
    /^RemoveUserFromGroup$/,
    ({ groupName: group }) => (group === undefined ? undefined : { act: 'leave', group }),
  ],
  [
    /^Update(User|Group)$/,
    ({ groupName: group, userName: from, newGroupName, newUserName }) => {
      const to = newGroupName ?? newUserName;
      return to === undefined ? undefined : { act: 'rename', group, from, to };
    },
  ],
];

const tagsOf = (tags: ChangeParameters['tags'] = []): Tags =>
  Object.fromEntries(
    tags.flatMap(({ key, value }) => (key === undefined ? [] : [[key, value ?? ''] as const])),
  );

/**
 * What an event says that it did to what binds those whom it affects, so that access can be told that came and went
 * between two looks; what holds is never taken from it. `undefined`: nothing of the kind.
 */
export function policyEditOf(eventName: string, parameters: ChangeParameters): PolicyEdit | undefined {
  const [, read] = acts.find(([name]) => name.test(eventName)) ?? [];
  return read?.(parameters);
}

/** Whether an event writes a policy: white space, which IAM does not count, makes it too large for CloudTrail. */
export const writesDocument = (eventName: string): boolean =>
  /^(Put(User|Role|Group)Policy|CreatePolicy|CreatePolicyVersion|UpdateAssumeRolePolicy)$/.test(eventName);
