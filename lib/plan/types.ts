import type { Request, RequestContext } from '#lib/policy/types.ts';

/** A request worth asking, and why. */
export interface PlannedRequest extends Request {
  /**
   * `baseline`: every action is asked so once. `witness`: chosen because a policy's resource pattern or condition
   * makes a difference there.
   */
  readonly purpose: 'baseline' | 'witness';
}

/** Actions or differences that no request could be found for; never silent. */
export interface PlanGap {
  readonly action: string;
  readonly reason: string;
}

/** One SimulatePrincipalPolicy call: every action on every ARN (`[]`: on `*`), in one context. */
export interface SimulationCall {
  readonly context: RequestContext;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

export interface Plan {
  readonly requests: readonly PlannedRequest[];
  readonly gaps: readonly PlanGap[];
}
