import type { PolicySource } from '@permission-check/iam-policy';
import type { Account } from '#lib/account/types.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import type { PolicyTexts } from '#lib/past/policy-edits.ts';

/** Where the texts of policies are found that events name: in the account, and what AWS publishes. */
export const policyTextsOf = (account: Account): PolicyTexts => ({
  policyOf: (arn) => account.managedPolicy?.(arn) ?? publishedPolicy(arn),
  groupPoliciesOf: (group) => account.groupPolicies?.(group),
});

/** A policy of AWS that nobody has any more is not in the account's list; the catalogue has those about Rekognition. */
function publishedPolicy(arn: string): PolicySource | undefined {
  const [, name = ''] = /^arn:[^:]+:iam::aws:policy\/(?:[^/]+\/)*([^/]+)$/.exec(arn) ?? [];
  const [, published] =
    Object.entries(managedPolicies).find(([one]) => one.toLowerCase() === name.toLowerCase()) ?? [];
  const document = published?.versions.at(-1)?.document;
  return document && { name, type: 'aws-managed', arn, text: JSON.stringify(document) };
}
