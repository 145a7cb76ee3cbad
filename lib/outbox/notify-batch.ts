import pLimit from 'p-limit';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import { type Announcer, claimAlerts, markAnnounced, releaseClaim } from './announcement.ts';
import { type Batch, batchProgress, closeBatch, isBatchClosed } from './batch.ts';
import { claimBatch, failBatch, releaseBatch } from './batch-claim.ts';
import { beginMessage, endMessage, type OutgoingMessage } from './message.ts';

/** Records of DynamoDB that are worked on at once. */
const concurrency = 8;

/** One message that is ready to be published. */
export interface ReadyMessage {
  /** Whom it names, or the list that it names. */
  readonly principals: readonly PrincipalAlerts[];
  readonly publish: () => Promise<unknown>;
}

export interface NotifySteps extends Announcer {
  /** Makes the messages about all of them; each principal is in one. */
  readonly compose: (principals: readonly PrincipalAlerts[]) => Promise<readonly ReadyMessage[]>;
  /** What is done once when all of a batch is announced, before that is written: who dies in it does it again. */
  readonly finish?: () => Promise<void>;
}

export interface NotifyOutcome {
  /** Every chunk was done when this attempt announced the batch. */
  readonly done: boolean;
  /** Every chunk was done, and this attempt was the first to announce all of them. */
  readonly completed: boolean;
  /** Somebody else has the batch, or one of its principals, and may be dead: it is to be asked for again. */
  readonly busy: boolean;
  /** Principals that a message was about; 0: nothing was worth a message. */
  readonly announced: number;
}

/** Times that a batch, or a principal, is told of again because more was found while it was being announced. */
const rounds = 5;

/**
 * Notifies the team of what a batch has found, in one message where one can name everybody. The batch is claimed, so that
 * of several who come to its end at once one announces; each principal is claimed as well, because it may be in another
 * batch. What others find of either in the meantime is announced before it is given back, in a message of its own. What
 * could not be published is announced by the next attempt.
 */
export async function notifyBatch(batch: Batch, steps: NotifySteps): Promise<NotifyOutcome> {
  const { table, id, now } = steps;
  const outcome = { done: false, completed: false, busy: false, announced: 0 };
  const busy = () => {
    outcome.busy = true;
  };
  if (!(await claimBatch(table, batch, id, now()))) {
    return { ...outcome, busy: !(await isBatchClosed(table, batch)) };
  }
  for (let round = 0; ; round += 1) {
    try {
      const { complete, subjects } = await batchProgress(table, batch);
      outcome.busy = false;
      outcome.announced += await notifyOf(subjects, { ...steps, busy }, `${round}`);
      outcome.done = complete && !outcome.busy;
      if (outcome.done && (await finishBatch(batch, steps))) outcome.completed = true;
    } catch (error) {
      await failBatch(table, batch, id, now());
      throw error;
    }
    if (await releaseBatch(table, batch, id, now())) return outcome;
    if (round === rounds) {
      await failBatch(table, batch, id, now());
      return { ...outcome, done: false };
    }
  }
}

/** Answers whether this attempt was the first to come to the end of the batch. */
async function finishBatch(batch: Batch, { table, now, finish }: NotifySteps): Promise<boolean> {
  if (await isBatchClosed(table, batch)) return false;
  await finish?.();
  await closeBatch(table, batch, now());
  return true;
}

/** @param round makes the ids of the claims, and so of the messages, unique among all of this attempt. */
async function notifyOf(
  subjects: readonly string[],
  steps: NotifySteps,
  round: string,
  repeat = 1,
): Promise<number> {
  const announcer = { ...steps, id: `${steps.id}.${round}.${repeat}` };
  const limit = pLimit(concurrency);
  const claims = await Promise.allSettled(
    subjects.map((subject) => limit(() => claimAlerts(announcer, subject))),
  );
  const alerts = claims.flatMap((claim) =>
    claim.status === 'fulfilled' && claim.value ? [claim.value] : [],
  );
  const untold = new Set(alerts);
  const again: string[] = [];
  try {
    const broken = claims.find((claim) => claim.status === 'rejected');
    if (broken) throw broken.reason;
    const messages = alerts.length === 0 ? [] : await steps.compose(alerts);
    for (const [part, message] of messages.entries()) {
      const outgoing = {
        attempt: announcer.id,
        part,
        subjects: message.principals.map(({ subject }) => subject),
      };
      await beginMessage(announcer, outgoing);
      await message.publish();
      for (const one of message.principals) untold.delete(one);
      again.push(...(await markAll(announcer, outgoing, message.principals)));
    }
  } catch (error) {
    await Promise.allSettled([...untold].map(({ subject }) => limit(() => releaseClaim(announcer, subject))));
    throw error;
  }
  if (again.length === 0 || repeat === rounds) return alerts.length;
  return alerts.length + (await notifyOf(again, steps, round, repeat + 1));
}

/**
 * Remembers what was published: first of the message as a whole, so that a write that fails for one principal does not have
 * all told again.
 *
 * @returns of whom there is more to announce by now.
 */
async function markAll(
  announcer: Announcer,
  outgoing: OutgoingMessage,
  principals: readonly PrincipalAlerts[],
): Promise<readonly string[]> {
  const limit = pLimit(concurrency);
  const [ended] = await Promise.allSettled([endMessage(announcer, outgoing)]);
  const marks = await Promise.allSettled(principals.map((one) => limit(() => markAnnounced(announcer, one))));
  const failed = [ended, ...marks].find((write) => write.status === 'rejected');
  if (failed) throw failed.reason;
  return outgoing.subjects.filter((_, index) => {
    const mark = marks[index];
    return mark?.status === 'fulfilled' && mark.value;
  });
}
