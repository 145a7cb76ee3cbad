import pLimit from 'p-limit';
import { type Batch, batchProgress, closeBatch } from './history/batch.ts';
import { claimAlerts, markTold, releaseClaim, type Teller } from './history/tell.ts';
import type { PrincipalAlerts } from './history/types.ts';

/** Records of DynamoDB that are worked on at once. */
const concurrency = 8;

export interface TellSteps extends Teller {
  /** Publishes one message about all of them. */
  readonly publish: (principals: readonly PrincipalAlerts[]) => Promise<unknown>;
}

export interface TellOutcome {
  readonly complete: boolean;
  /** Principals that the message was about; 0: nothing was worth a message. */
  readonly told: number;
}

/**
 * Tells the team, in one message, what a batch has found. Each principal is claimed before and marked after, so that
 * of many who try at once one tells, and what could not be published is told by the next attempt.
 */
export async function tellBatch(batch: Batch, steps: TellSteps): Promise<TellOutcome> {
  const { complete, subjects } = await batchProgress(steps.table, batch);
  const limit = pLimit(concurrency);
  const claims = await Promise.allSettled(
    subjects.map((subject) => limit(() => claimAlerts(steps, subject))),
  );
  const alerts = claims.flatMap((claim) =>
    claim.status === 'fulfilled' && claim.value ? [claim.value] : [],
  );
  try {
    const broken = claims.find((claim) => claim.status === 'rejected');
    if (broken) throw broken.reason;
    if (alerts.length > 0) await steps.publish(alerts);
  } catch (error) {
    await Promise.allSettled(alerts.map(({ subject }) => limit(() => releaseClaim(steps, subject))));
    throw error;
  }
  await Promise.all(alerts.map((told) => limit(() => markTold(steps, told))));
  if (complete) await closeBatch(steps.table, batch, steps.now());
  return { complete, told: alerts.length };
}
