import { batchProgress, finishChunk } from '#lib/outbox/batch.ts';
import { remember } from '#lib/outbox/remember.ts';
import { type RecordTable, updateRecord } from '#lib/outbox/store.ts';
import type { Reading } from '#lib/outbox/types.ts';
import type { CheckMessage } from './messages.ts';

/** What was found about one subject: a principal, a managed policy, or the expectations. */
export type Checked = Pick<Reading, 'arn' | 'status' | 'fingerprint' | 'findings'>;

export interface ChunkSteps {
  readonly table: RecordTable;
  /**
   * Reads from IAM what all checks of the chunk need, once, and returns the check. `undefined` from the check: the
   * subject does not exist, or was deleted while it was checked.
   */
  readonly prepare: () => Promise<(subject: string) => Promise<Checked | undefined>>;
  /** Sends what is left of a chunk back to the queue. */
  readonly sendRest: (rest: CheckMessage) => Promise<void>;
  /** Whether there is time for one more. */
  readonly hasTime: () => boolean;
  readonly now: () => Date;
}

export interface ChunkOutcome {
  readonly checked: number;
  /** Every chunk of the batch is done: it can be announced. */
  readonly complete: boolean;
  readonly findings: number;
}

/**
 * Checks what one message asks for and remembers what was found. Doing it twice does no harm: what is remembered is
 * the state, not the event. When time runs out the rest goes back to the queue as the same chunk.
 */
export async function checkChunk(message: CheckMessage, steps: ChunkSteps): Promise<ChunkOutcome> {
  const { batch, chunk, principals } = message;
  // Taken before IAM is read: a change in between belongs to the next reading.
  const readAt = steps.now().toISOString();
  const check = await steps.prepare();
  const done = [...message.done];
  let findings = 0;
  for (const [index, { subject, changes }] of principals.entries()) {
    if (index > 0 && !steps.hasTime()) {
      await steps.sendRest({ ...message, principals: principals.slice(index), done });
      return { checked: index, complete: false, findings };
    }
    const checked = await check(subject);
    const wanted = new Set(changes);
    const announced = message.changes.filter(({ eventId }) => wanted.has(eventId));
    await updateRecord(steps.table, subject, (before) => {
      if (checked !== undefined) return remember(before, { subject, readAt, changes: announced, ...checked });
      // Somebody who was never known and does not exist is nothing to remember.
      if (before === undefined) return undefined;
      const gone = { arn: before.arn, status: 'deleted', fingerprint: '', findings: [] } as const;
      return remember(before, { subject, readAt, changes: announced, ...gone });
    });
    findings += checked?.findings.length ?? 0;
    done.push(subject);
  }
  await finishChunk(steps.table, batch, chunk, done, steps.now());
  const { complete } = await batchProgress(steps.table, batch);
  return { checked: principals.length, complete, findings };
}
