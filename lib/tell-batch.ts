import pLimit from 'p-limit';
import { type Batch, batchProgress, claimBatch, closeBatch, releaseBatch } from './history/batch.ts';
import { claimAlerts, markTold, releaseClaim, type Teller } from './history/tell.ts';
import type { PrincipalAlerts } from './history/types.ts';

/** Records of DynamoDB that are worked on at once. */
const concurrency = 8;

export interface TellSteps extends Teller {
  /** Publishes one message about all of them. */
  readonly publish: (principals: readonly PrincipalAlerts[]) => Promise<unknown>;
}

export interface TellOutcome {
  /** Every chunk was done, and this attempt was the first to tell all of them. */
  readonly completed: boolean;
  /** Principals that the message was about; 0: nothing was worth a message. */
  readonly told: number;
}

/**
 * Tells the team, in one message, what a batch has found. The batch is claimed, so that of several who come to its end
 * at once one tells; each principal is claimed as well, because it may be in another batch. What could not be published
 * is told by the next attempt.
 */
export async function tellBatch(batch: Batch, steps: TellSteps): Promise<TellOutcome> {
  const { table, id, now } = steps;
  if (!(await claimBatch(table, batch, id, now()))) return { completed: false, told: 0 };
  try {
    const { complete, subjects } = await batchProgress(table, batch);
    const told = await tellSubjects(subjects, steps);
    return { completed: complete && (await closeBatch(table, batch, now())), told };
  } finally {
    await releaseBatch(table, batch);
  }
}

async function tellSubjects(subjects: readonly string[], steps: TellSteps): Promise<number> {
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
  return alerts.length;
}
