import {
  aboutAccount,
  aboutGroup,
  aboutPolicy,
  aboutRole,
  aboutUser,
  deleted,
  type EventRow,
  type Events,
  managed,
  named,
  nobody,
  policyName,
  type Sentence,
} from './event-row.ts';
import type { ChangeParameters } from './parameters.ts';

const inline = (parameters: ChangeParameters): string => `inline policy "${parameters.policyName ?? '?'}"`;
const group = ({ groupName }: ChangeParameters): string => `group/${groupName ?? '?'}`;

const attached: Sentence = (who, parameters) => `attached ${managed(parameters)} to ${who}`;
const detached: Sentence = (who, parameters) => `detached ${managed(parameters)} from ${who}`;
const wroteInline: Sentence = (who, parameters) => `wrote ${inline(parameters)} of ${who}`;
const deletedInline: Sentence = (who, parameters) => `deleted ${inline(parameters)} of ${who}`;
const setBoundary: Sentence = (who, { permissionsBoundary }) =>
  `set the permissions boundary of ${who} to ${policyName(permissionsBoundary)}`;
const removedBoundary: Sentence = (who) => `removed the permissions boundary of ${who}`;
const created: Sentence = (who) => `created ${who}`;
const tagged: Sentence = (who, { tags = [] }) => {
  const pairs = tags.map(({ key, value }) => `${key ?? '?'}=${value ?? ''}`);
  return `tagged ${who}${pairs.length > 0 ? `: ${pairs.join(', ')}` : ''}`;
};
const untagged: Sentence = (who, { tagKeys = [] }) =>
  `removed tags of ${who}${tagKeys.length > 0 ? `: ${tagKeys.join(', ')}` : ''}`;

/** IAM does not distinguish names by case, so another spelling of a name is the same user. */
const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** A rename leaves the old name without an owner and its findings with nobody to resolve them. */
const renamedUser: EventRow = {
  affects: ({ userName, newUserName }) => {
    if (userName === undefined) return undefined;
    if (newUserName === undefined || sameName(newUserName, userName))
      return [{ kind: 'principal', type: 'user', name: newUserName ?? userName }];
    return [
      { kind: 'deleted', type: 'user', name: userName },
      { kind: 'principal', type: 'user', name: newUserName },
    ];
  },
  reads: ({ userName, newUserName }) =>
    newUserName === undefined
      ? `updated ${named('user', userName)}`
      : `renamed ${named('user', userName)} to user/${newUserName}`,
};

/** A new policy is attached to nobody; what it says counts for who is given it before anybody looks. */
const newPolicy: EventRow = {
  affects: ({ policyDocument }) => (policyDocument === undefined ? undefined : []),
  reads: ({ policyName: name }) => `created policy ${name ?? '?'}`,
};

const newVersion: EventRow = {
  affects: (parameters) =>
    parameters.isDefaultVersion === false
      ? { unaffected: 'the new version is not the default' }
      : setVersion.affects(parameters),
  reads: (parameters) => `made a new default version of ${managed(parameters)}`,
};
const setVersion = aboutPolicy(
  (policy, { versionId }) => `set the default version of ${policy} to ${versionId ?? '?'}`,
);

const trust = (what: string, verb: string): EventRow =>
  aboutAccount(`${what} changed, and with it who can assume the roles that trust it`, `${verb} ${what}`);
const saml = (verb: string): EventRow => trust('a SAML identity provider', verb);
const oidc = (verb: string): EventRow => trust('an OpenID Connect identity provider', verb);

/**
 * Every writing event of IAM: whom it affects and how it reads. An event that is not here affects everybody, for all
 * that is known. Source: Service Authorization Reference, "Actions defined by AWS Identity and Access Management".
 */
export const iamEvents: Events = {
  AttachUserPolicy: aboutUser(attached),
  DetachUserPolicy: aboutUser(detached),
  PutUserPolicy: aboutUser(wroteInline),
  DeleteUserPolicy: aboutUser(deletedInline),
  PutUserPermissionsBoundary: aboutUser(setBoundary),
  DeleteUserPermissionsBoundary: aboutUser(removedBoundary),
  TagUser: aboutUser(tagged),
  UntagUser: aboutUser(untagged),
  CreateUser: aboutUser(created),
  AddUserToGroup: aboutUser((who, parameters) => `added ${who} to ${group(parameters)}`),
  RemoveUserFromGroup: aboutUser((who, parameters) => `removed ${who} from ${group(parameters)}`),
  UpdateUser: renamedUser,
  DeleteUser: deleted('user'),
  CreateAccessKey: aboutUser((who) => `made an access key of ${who}`),
  UpdateAccessKey: aboutUser((who) => `switched an access key of ${who} on or off`),
  CreateLoginProfile: aboutUser((who) => `gave ${who} a password`),
  UpdateLoginProfile: aboutUser((who) => `changed the password of ${who}`),

  AttachRolePolicy: aboutRole(attached),
  DetachRolePolicy: aboutRole(detached),
  PutRolePolicy: aboutRole(wroteInline),
  DeleteRolePolicy: aboutRole(deletedInline),
  PutRolePermissionsBoundary: aboutRole(setBoundary),
  DeleteRolePermissionsBoundary: aboutRole(removedBoundary),
  TagRole: aboutRole(tagged),
  UntagRole: aboutRole(untagged),
  CreateRole: aboutRole(created),
  AcquireRole: aboutRole(created),
  CreateServiceLinkedRole: aboutRole(created),
  UpdateRole: aboutRole((who) => `UpdateRole on ${who}`),
  UpdateAssumeRolePolicy: aboutRole((who) => `changed who can assume ${who}`),
  AddRoleToInstanceProfile: aboutRole(
    (who, { instanceProfileName }) => `added ${who} to instance profile ${instanceProfileName ?? '?'}`,
  ),
  DeleteRole: deleted('role'),
  DeleteServiceLinkedRole: deleted('role'),

  AttachGroupPolicy: aboutGroup(attached),
  DetachGroupPolicy: aboutGroup(detached),
  PutGroupPolicy: aboutGroup(wroteInline),
  DeleteGroupPolicy: aboutGroup(deletedInline),
  UpdateGroup: aboutGroup((who, { newGroupName }) =>
    newGroupName === undefined ? `updated ${who}` : `renamed ${who} to group/${newGroupName}`,
  ),

  CreatePolicy: newPolicy,
  CreatePolicyVersion: newVersion,
  SetDefaultPolicyVersion: setVersion,

  CreateSAMLProvider: saml('created'),
  UpdateSAMLProvider: saml('updated'),
  DeleteSAMLProvider: saml('deleted'),
  CreateOpenIDConnectProvider: oidc('created'),
  DeleteOpenIDConnectProvider: oidc('deleted'),
  UpdateOpenIDConnectProviderThumbprint: oidc('changed the certificate of'),
  AddClientIDToOpenIDConnectProvider: oidc('added a client to'),
  RemoveClientIDFromOpenIDConnectProvider: oidc('removed a client from'),

  PutAccountProperties: aboutAccount(
    'the account’s IAM properties changed',
    'changed the account’s IAM properties',
  ),
  AcceptDelegationRequest: aboutAccount(
    'a temporary delegation was accepted',
    'accepted a temporary delegation',
  ),
  AssociateDelegationRequest: aboutAccount(
    'a temporary delegation was associated',
    'associated a temporary delegation',
  ),

  ...nobody('only a detached policy can be deleted', 'DeletePolicy'),
  ...nobody('the default version cannot be deleted', 'DeletePolicyVersion'),
  ...nobody('a new group has no members', 'CreateGroup'),
  ...nobody('only a group without members can be deleted', 'DeleteGroup'),
  ...nobody('an instance profile holds no role by itself', 'CreateInstanceProfile', 'DeleteInstanceProfile'),
  ...nobody('it takes a way to a role away', 'RemoveRoleFromInstanceProfile'),
  ...nobody('a description grants nothing', 'UpdateRoleDescription'),
  ...nobody(
    'a request for delegation grants nothing before it is accepted',
    'CreateDelegationRequest',
    'UpdateDelegationRequest',
    'RejectDelegationRequest',
    'SendDelegationToken',
  ),
  ...nobody(
    'it takes a user’s own keys or password away',
    'DeleteAccessKey',
    'DeleteLoginProfile',
    'DeleteSigningCertificate',
    'DeleteSSHPublicKey',
    'DeleteServiceSpecificCredential',
  ),
  ...nobody(
    'a user’s own credentials change nothing of what the user can do',
    'ChangePassword',
    'CreateServiceSpecificCredential',
    'ResetServiceSpecificCredential',
    'UpdateServiceSpecificCredential',
    'UploadSSHPublicKey',
    'UpdateSSHPublicKey',
    'UploadSigningCertificate',
    'UpdateSigningCertificate',
    'CreateVirtualMFADevice',
    'DeleteVirtualMFADevice',
    'EnableMFADevice',
    'DeactivateMFADevice',
    'ResyncMFADevice',
  ),
  ...nobody(
    'certificates and keys of servers are nobody’s permissions',
    'UploadServerCertificate',
    'UpdateServerCertificate',
    'DeleteServerCertificate',
    'UploadCloudFrontPublicKey',
    'UpdateCloudFrontPublicKey',
    'DeleteCloudFrontPublicKey',
  ),
  ...nobody(
    'a setting of the account that changes nobody’s permissions',
    'CreateAccountAlias',
    'DeleteAccountAlias',
    'UpdateAccountName',
    'UpdateAccountEmailAddress',
    'UpdateAccountPasswordPolicy',
    'DeleteAccountPasswordPolicy',
    'SetSecurityTokenServicePreferences',
    'SetSTSRegionalEndpointStatus',
    'EnableOutboundWebIdentityFederation',
    'DisableOutboundWebIdentityFederation',
    'EnableOrganizationsRootCredentialsManagement',
    'DisableOrganizationsRootCredentialsManagement',
    'EnableOrganizationsRootSessions',
    'DisableOrganizationsRootSessions',
  ),
  ...nobody(
    'tags of what is neither a user nor a role change nobody’s permissions',
    ...[
      'InstanceProfile',
      'MFADevice',
      'OpenIDConnectProvider',
      'Policy',
      'SAMLProvider',
      'ServerCertificate',
    ].flatMap((what) => [`Tag${what}`, `Untag${what}`]),
  ),
};
