import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { type ProjectPolicy, projectPoliciesIn } from '#lib/account/project-policies.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';

/** The policies of the projects of some Regions. */
export async function readProjectPolicies(
  regions: readonly string[],
  pace: Paced,
): Promise<readonly ProjectPolicy[]> {
  const found = await Promise.all(
    regions.map((region) =>
      projectPoliciesIn(new RekognitionClient({ ...REQUEST_LIMITS, region }), { pace }),
    ),
  );
  return found.flat();
}
