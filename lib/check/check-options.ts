import type { Request } from '@permission-check/iam-policy';
import type { Guardrails } from '#lib/account/types.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import type { Evidence } from '#lib/observe/types.ts';
import type { SimulationCall } from '#lib/plan/types.ts';
import type { Callers } from '#lib/reach/callers.ts';

/** Asks IAM about a principal: one answer a request, in order. */
export type Simulate = (
  principalArn: string,
  requests: readonly Request[],
  calls: readonly SimulationCall[],
) => Promise<readonly Evidence[]>;

export interface CheckOptions {
  /** Of principals whose ARN does not say. */
  readonly accountId: string;
  readonly partition: string;
  readonly expectations: Expectations;
  readonly guardrails?: Guardrails | undefined;
  /** Who there is in the account, as callers of STS. Absent: not known, so that any of its principals may ask. */
  readonly callers?: Callers | undefined;
  /** `2026-11-24`, UTC: for suppressions. */
  readonly today: string;
  /**
   * When to stop searching, also in the midst of a principal, in milliseconds as performance.now() counts them: what was
   * not settled by then is inconclusive. Asked for each. Absent: every principal gets its second.
   */
  readonly until?: (() => number) | undefined;
  /** Absent: only the policy documents are evaluated, and nothing is called. */
  readonly simulate?: Simulate | undefined;
}
