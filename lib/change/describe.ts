import type { ChangeParameters } from './affected.ts';

/** Further names in requestParameters that make the sentence; all may be written by an attacker. */
export interface DescribedParameters extends ChangeParameters {
  readonly policyName?: string | undefined;
  readonly versionId?: string | undefined;
  readonly permissionsBoundary?: string | undefined;
  readonly tags?:
    | readonly { readonly key?: string | undefined; readonly value?: string | undefined }[]
    | undefined;
  readonly tagKeys?: readonly string[] | undefined;
}

const policyName = (arn: string | undefined): string => arn?.split('/').at(-1) ?? 'a policy';

/** What an event did, in words: `attached AmazonRekognitionFullAccess to role/analyst`. Not escaped. */
export function describeChange(eventName: string, parameters: DescribedParameters): string {
  const { userName, roleName, groupName, newUserName } = parameters;
  const who = roleName
    ? `role/${roleName}`
    : eventName.includes('Group') && groupName && !userName
      ? `group/${groupName}`
      : userName
        ? `user/${userName}`
        : groupName
          ? `group/${groupName}`
          : 'the account';
  const managed = policyName(parameters.policyArn);
  const inline = `inline policy "${parameters.policyName ?? '?'}"`;

  if (/^Attach(User|Role|Group)Policy$/.test(eventName)) return `attached ${managed} to ${who}`;
  if (/^Detach(User|Role|Group)Policy$/.test(eventName)) return `detached ${managed} from ${who}`;
  if (/^Put(User|Role|Group)Policy$/.test(eventName)) return `wrote ${inline} of ${who}`;
  if (/^Delete(User|Role|Group)Policy$/.test(eventName)) return `deleted ${inline} of ${who}`;
  if (/^Put(User|Role)PermissionsBoundary$/.test(eventName)) {
    return `set the permissions boundary of ${who} to ${policyName(parameters.permissionsBoundary)}`;
  }
  if (/^Delete(User|Role)PermissionsBoundary$/.test(eventName))
    return `removed the permissions boundary of ${who}`;
  if (/^Tag(User|Role)$/.test(eventName)) {
    const tags = (parameters.tags ?? []).map(({ key, value }) => `${key ?? '?'}=${value ?? ''}`);
    return `tagged ${who}${tags.length ? `: ${tags.join(', ')}` : ''}`;
  }
  if (/^Untag(User|Role)$/.test(eventName)) {
    return `removed tags of ${who}${parameters.tagKeys?.length ? `: ${parameters.tagKeys.join(', ')}` : ''}`;
  }
  switch (eventName) {
    case 'AddUserToGroup':
      return `added ${who} to group/${groupName ?? '?'}`;
    case 'RemoveUserFromGroup':
      return `removed ${who} from group/${groupName ?? '?'}`;
    case 'CreateUser':
    case 'CreateRole':
    case 'CreateServiceLinkedRole':
    case 'AcquireRole':
      return `created ${who}`;
    case 'DeleteUser':
    case 'DeleteRole':
      return `deleted ${who}`;
    case 'UpdateUser':
      return newUserName ? `renamed ${who} to user/${newUserName}` : `updated ${who}`;
    case 'UpdateGroup':
      return parameters.newGroupName
        ? `renamed ${who} to group/${parameters.newGroupName}`
        : `updated ${who}`;
    case 'CreatePolicyVersion':
      return `made a new default version of ${managed}`;
    case 'SetDefaultPolicyVersion':
      return `set the default version of ${managed} to ${parameters.versionId ?? '?'}`;
    default:
      return `${eventName} on ${who}`;
  }
}
