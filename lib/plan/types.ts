import type { CompiledSet, Request, RequestContext, SessionFreedom } from '@permission-check/iam-policy';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { Baseline } from '#lib/expectation/types.ts';

/** What a plan is made from. */
export interface PlanInput {
  readonly observed: CompiledSet;
  readonly expected: CompiledSet;
  /** What a normal session of the principal carries: aws:PrincipalArn, aws:username, aws:PrincipalTag/… */
  readonly facts: RequestContext;
  /** What varies over the principal's sessions; absent: nothing, and `facts` is what each of them carries. */
  readonly session?: SessionFreedom;
  readonly baseline: Baseline;
  readonly accountId: string;
  readonly partition: string;
  /** ARNs that exist: taken as witnesses where they serve. */
  readonly knownResources?: readonly string[];
  readonly actions: readonly CatalogAction[];
  /** When to stop searching, in milliseconds as performance.now() counts them; what is left is a gap. Absent: no such time. */
  readonly until?: number | undefined;
}

/** A request worth asking, and why. */
export interface PlannedRequest extends Request {
  /**
   * `baseline`: every action is asked so once. `witness`: chosen because a policy's resource pattern or condition
   * makes a difference there.
   */
  readonly purpose: 'baseline' | 'witness';
  /** It is a normal request of the team's, and what it leaves out makes no difference: it can be `missing`. */
  readonly normal: boolean;
}

/** Actions or differences that no request could be found for; never silent. */
export interface PlanGap {
  readonly action: string;
  readonly reason: string;
  /** What is not known is whether more is allowed than is expected. */
  readonly excess?: boolean;
}

/** An action of which the policies may allow what is not expected, and nobody can tell; never silent. */
export interface PlanDoubt {
  readonly action: string;
  /** `statement 2 of reader (line 9) cannot be read: …` */
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
  readonly doubts: readonly PlanDoubt[];
}
