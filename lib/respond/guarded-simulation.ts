import type { IAMClient } from '@aws-sdk/client-iam';
import type { Guardrails } from '#lib/account/types.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import { simulateWith } from '#lib/observe/simulate.ts';

/** How IAM is asked, and which account SCPs bind nobody in. */
export interface GuardedIam {
  readonly iam: IAMClient;
  readonly pace: Paced;
  readonly managementAccount?: string | undefined;
  /** Stops the asking; what was not answered by then is inconclusive. */
  readonly signal?: AbortSignal | undefined;
}

/** The simulation of an account's principals; in the management account without SCPs, which do not bind them. */
export function guardedSimulation(accountId: string, { iam, pace, managementAccount, signal }: GuardedIam) {
  const guardrails: Guardrails = managementAccount === undefined ? {} : { managementAccount };
  const withoutScps = managementAccount === accountId;
  return {
    guardrails,
    simulate: shareAnswers(simulateWith(iam, pace, { withoutScps, ...(signal && { signal }) })),
  };
}
