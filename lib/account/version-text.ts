import { GetPolicyVersionCommand, type IAMClient } from '@aws-sdk/client-iam';
import { type IamCaller, iamCall } from '#lib/iam/call.ts';
import { meaningOf } from '#lib/iam/errors.ts';
import { Documents } from './documents.ts';

/**
 * The text of a version of a managed policy, which never changes; undefined where the version or the policy is gone.
 *
 * @throws AccessError when the caller may not read policies, the SDK's error when IAM does not answer.
 */
export const versionText =
  (client: IAMClient, caller: IamCaller) =>
  async (PolicyArn: string, VersionId: string): Promise<string | undefined> => {
    const get = new GetPolicyVersionCommand({ PolicyArn, VersionId });
    try {
      const { PolicyVersion } = await iamCall(caller, 'iam:GetPolicyVersion', (call) =>
        client.send(get, call),
      );
      return new Documents().store(PolicyVersion?.Document).text;
    } catch (error) {
      if (meaningOf(error) === 'gone') return undefined;
      throw error;
    }
  };
