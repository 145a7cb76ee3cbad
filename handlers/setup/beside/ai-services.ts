import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { readAiServicesOptOut } from '#lib/account/ai-services-opt-out.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';

/** Whether the organization's AI services policy opts Rekognition out. */
export async function optOutOfStack(pace: Paced): Promise<boolean> {
  return (await readAiServicesOptOut(new OrganizationsClient(REQUEST_LIMITS), { pace })).optsOut;
}
