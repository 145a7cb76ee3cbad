import { DescribeEffectivePolicyCommand, type OrganizationsClient } from '@aws-sdk/client-organizations';
import * as z from 'zod/mini';

const setting = z.optional(z.object({ opt_out_policy: z.optional(z.string()) }));
/** The policies above an account, merged: without the operators with which each is written. */
const effective = z.object({ services: z.optional(z.object({ default: setting, rekognition: setting })) });

/**
 * Whether the organization's AI services policy in effect opts the caller's account out of Rekognition's use of content.
 * Undefined where the account is in no organization, and where nobody can tell: the caller may not ask, or AWS does not
 * answer. The permission is organizations:DescribeEffectivePolicy.
 */
export async function aiServicesOptOutOf(client: OrganizationsClient): Promise<boolean | undefined> {
  try {
    const { EffectivePolicy } = await client.send(
      new DescribeEffectivePolicyCommand({ PolicyType: 'AISERVICES_OPT_OUT_POLICY' }),
    );
    const { services = {} } = z.parse(effective, JSON.parse(EffectivePolicy?.PolicyContent ?? ''));
    const own = services.rekognition?.opt_out_policy ?? services.default?.opt_out_policy;
    return own === 'optOut';
  } catch (error) {
    return error instanceof Error && error.name === 'EffectivePolicyNotFoundException' ? false : undefined;
  }
}
