import { type IamOperation, type OperationInput, userOf } from './operation.ts';

/** Authorizes a list of what belongs to a user, or to the caller. */
const ofUser =
  (member: string): IamOperation =>
  (input) => {
    if (input.params.get('UserName') === undefined) input.authorize('*');
    else userOf(input);
    return none(member);
  };

const ofAccount =
  (member: string): IamOperation =>
  (input: OperationInput) => {
    input.authorize('*');
    return none(member);
  };

const none = (member: string) => ({ answer: { [member]: [], IsTruncated: false } });

/**
 * Lists of what the embedded IAM does not keep, so that they are truly empty. Terraform and clean-up scripts ask for them
 * before they delete a user.
 */
export const emptyLists: Readonly<Record<string, IamOperation>> = {
  ListAccountAliases: ofAccount('AccountAliases'),
  ListMFADevices: ofUser('MFADevices'),
  ListServiceSpecificCredentials: ofUser('ServiceSpecificCredentials'),
  ListSigningCertificates: ofUser('Certificates'),
  ListSSHPublicKeys: ofUser('SSHPublicKeys'),
  ListVirtualMFADevices: ofAccount('VirtualMFADevices'),
};
