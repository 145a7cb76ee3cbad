import type { PolicySource } from '@permission-check/iam-policy';

/** Whether a policy is AWS's: a customer's may have the same name, but AWS's own have the account `aws`. */
export function isAwsManaged({ type, arn }: PolicySource): boolean {
  return type === 'aws-managed' && (arn === undefined || /^arn:[^:]+:iam::aws:policy\//.test(arn));
}
