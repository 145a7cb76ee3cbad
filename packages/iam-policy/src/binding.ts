import type { PolicySet } from './types.ts';

/** What decides which of an organization's policies bind a caller. */
export interface BindingFacts {
  /** The services, by action prefix, that resource control policies act on. */
  readonly rcpServices: ReadonlySet<string>;
  /** The caller's account is the organization's management account. Default false. */
  readonly managementAccount?: boolean;
}

/**
 * The policies of a set that bind for the actions of one service: without the RCPs where AWS does not apply RCPs to
 * the service, and without SCPs and RCPs in the organization's management account.
 *
 * Source: AWS Organizations User Guide, "Resource control policies" (the services that support RCPs) and "Service
 * control policies" ("SCPs don't affect users or roles in the management account").
 *
 * @param action an action or its service prefix: `rekognition:DetectFaces`, `rekognition`
 */
export function bindingPolicies(policies: PolicySet, action: string, facts: BindingFacts): PolicySet {
  const { scps, rcps, ...rest } = policies;
  if (facts.managementAccount) return rest;
  const service = action.split(':', 1)[0]?.toLowerCase() ?? '';
  return {
    ...rest,
    ...(scps && { scps }),
    ...(rcps && facts.rcpServices.has(service) && { rcps }),
  };
}
