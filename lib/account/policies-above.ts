import type { PolicySet } from '@permission-check/iam-policy';
import type { Guardrails } from './types.ts';

/**
 * The given guardrails as layers of a policy set, for calls of a service; whom SCPs and RCPs bind is not decided here.
 * VPC endpoints are those of Rekognition: no other service is called through them.
 *
 * @param service by its action prefix
 */
export function policiesAbove(
  { scps, rcps, vpcEndpoints }: Guardrails,
  service: string,
): Pick<PolicySet, 'scps' | 'rcps' | 'endpoints'> {
  return {
    ...(scps === undefined ? {} : { scps }),
    ...(rcps === undefined ? {} : { rcps }),
    ...(vpcEndpoints !== undefined && service === 'rekognition' && { endpoints: vpcEndpoints }),
  };
}
