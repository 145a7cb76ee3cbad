import pLimit from 'p-limit';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import { type Announcer, claimAlerts, markAnnounced, releaseClaim } from './announce.ts';
import { type Batch, batchProgress, claimBatch, closeBatch, releaseBatch } from './batch.ts';

/** Records of DynamoDB that are worked on at once. */
const concurrency = 8;

export interface NotifySteps extends Announcer {
  /** Publishes one message about all of them. */
  readonly publish: (principals: readonly PrincipalAlerts[]) => Promise<unknown>;
}

export interface NotifyOutcome {
  /** Every chunk was done when this attempt announced the batch. */
  readonly done: boolean;
  /** Every chunk was done, and this attempt was the first to announce all of them. */
  readonly completed: boolean;
  /** Principals that the message was about; 0: nothing was worth a message. */
  readonly announced: number;
}

/** Times that a batch, or a principal, is told of again because more was found while it was being announced. */
const rounds = 5;

/**
 * Notifies the team, in one message, of what a batch has found. The batch is claimed, so that of several who come to its end
 * at once one announces; each principal is claimed as well, because it may be in another batch. What others find of either
 * in the meantime is announced before it is given back, in a message of its own. What could not be published is announced by the
 * next attempt.
 */
export async function notifyBatch(batch: Batch, steps: NotifySteps): Promise<NotifyOutcome> {
  const { table, id, now } = steps;
  let announced = 0;
  let completed = false;
  let done = false;
  for (let round = 0; round < rounds && (await claimBatch(table, batch, id, now())); round += 1) {
    try {
      const { complete, subjects } = await batchProgress(table, batch);
      announced += await notifyOf(subjects, steps);
      done = complete;
      if (complete && (await closeBatch(table, batch, now()))) completed = true;
    } catch (error) {
      await releaseBatch(table, batch, id, true);
      throw error;
    }
    if (await releaseBatch(table, batch, id)) break;
  }
  return { done, completed, announced };
}

async function notifyOf(subjects: readonly string[], steps: NotifySteps, round = 1): Promise<number> {
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
  const more = await Promise.all(alerts.map((announced) => limit(() => markAnnounced(steps, announced))));
  const again = alerts.filter((_, index) => more[index]).map(({ subject }) => subject);
  if (again.length === 0 || round === rounds) return alerts.length;
  return alerts.length + (await notifyOf(again, steps, round + 1));
}
