import type { PolicySource } from '@permission-check/iam-policy';
import data from './aws-managed-policies.json' with { type: 'json' };
import { managedPolicies } from './managed-policies.ts';
import { otherPolicies } from './other-policies.ts';
import { permissionSet } from './permission-sets.ts';

const others = new Set(data.others);
const policies: Readonly<Record<string, { readonly versionId: string; readonly document: object }>> =
  data.policies;
const nothing = JSON.stringify({ Version: '2012-10-17', Statement: [] });

/**
 * What an AWS managed policy says about Rekognition, by its ARN: the statements that match an action of Rekognition,
 * their other actions left out; no statement where nothing in it is about Rekognition. Undefined for a policy that
 * AWS did not have when the list was made.
 *
 * Source: the default versions of AWS's managed policies as IAM handed them out on 2026-03-07.
 */
export function awsManagedPolicy(arn: string): PolicySource | undefined {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const known = { name, type: 'aws-managed' as const, arn };
  if (Object.hasOwn(managedPolicies, name) || otherPolicies.has(name)) {
    const { versionId = '', documents } = permissionSet(name);
    return { ...known, versionId, text: documents[0] ?? nothing };
  }
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
  if (policy !== undefined) {
    return { ...known, versionId: policy.versionId, text: JSON.stringify(policy.document, null, 2) };
  }
  return others.has(name) ? { ...known, text: nothing } : undefined;
}
