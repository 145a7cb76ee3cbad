import { DescribeEffectivePolicyCommand, type OrganizationsClient } from '@aws-sdk/client-organizations';
import * as z from 'zod/mini';
import { type IamCaller, iamCall } from '#lib/iam/call.ts';

const setting = z.optional(z.object({ opt_out_policy: z.optional(z.string()) }));
/** The policies above an account, merged: without the operators with which each is written. */
const effective = z.object({ services: z.optional(z.object({ default: setting, rekognition: setting })) });

/**
 * Whether the organization's AI services policy in effect opts the caller's account out of Rekognition's use of content.
 * Where there is no such policy, or no organization, nothing opts it out.
 *
 * @throws AccessError when the caller may not organizations:DescribeEffectivePolicy; Error where AWS does not answer.
 */
export async function readAiServicesOptOut(
  client: OrganizationsClient,
  caller: IamCaller,
): Promise<{ readonly optsOut: boolean; readonly organization: boolean }> {
  try {
    const { EffectivePolicy } = await iamCall(caller, 'organizations:DescribeEffectivePolicy', (options) =>
      client.send(new DescribeEffectivePolicyCommand({ PolicyType: 'AISERVICES_OPT_OUT_POLICY' }), options),
    );
    const { services = {} } = z.parse(effective, JSON.parse(EffectivePolicy?.PolicyContent ?? ''));
    const own = services.rekognition?.opt_out_policy ?? services.default?.opt_out_policy;
    return { optsOut: own === 'optOut', organization: true };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'EffectivePolicyNotFoundException') return { optsOut: false, organization: true };
    if (name === 'AWSOrganizationsNotInUseException') return { optsOut: false, organization: false };
    throw error;
  }
}

/** The same; undefined where the account is in no organization, and where nobody can tell. */
export async function aiServicesOptOutOf(
  client: OrganizationsClient,
  caller: IamCaller,
): Promise<boolean | undefined> {
  const read = await readAiServicesOptOut(client, caller).catch(() => undefined);
  return read?.organization ? read.optsOut : undefined;
}
