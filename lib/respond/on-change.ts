import { createHash } from 'node:crypto';
import { readChange } from '#lib/change/read.ts';
import type { Change, Relevant, Touched } from '#lib/change/types.ts';
import { type AskedPrincipal, type CheckMessage, chunkBatch } from './messages.ts';

/** A message of the change queue: SQS's id, and the EventBridge event as text. */
export interface ChangeRecord {
  readonly messageId: string;
  readonly body: string;
}

export interface ChangeSteps {
  /** The principals that a change touches now, `role/analyst`. */
  readonly touched: (touched: Touched) => Promise<readonly string[]>;
  /** Hands the messages to the check queue. */
  readonly send: (messages: readonly CheckMessage[]) => Promise<void>;
  /** Checks the whole account; the same id is the same sweep. */
  readonly sweep: (id: string, reason: string, changes: readonly Change[]) => Promise<void>;
  /** Says why an event was passed over or kept back. */
  readonly note: (
    what: 'ignored' | 'unreadable' | 'failed',
    detail: { readonly messageId: string; readonly reason: string },
  ) => void;
}

export interface ChangeOutcome {
  /** Messages to keep: they come again, and in the end to the dead-letter queue. */
  readonly failed: readonly string[];
  readonly changes: number;
  readonly principals: number;
}

/**
 * From a burst of change events to the principals to check: each event is read once (CloudTrail, EventBridge and SQS
 * all deliver twice at times), each principal is asked for once, however many events touched it, and what cannot be
 * read or looked up is kept, never dropped.
 */
export async function respondToChanges(
  records: readonly ChangeRecord[],
  steps: ChangeSteps,
): Promise<ChangeOutcome> {
  const failed: string[] = [];
  const relevant = new Map<string, Relevant & { readonly messageIds: string[] }>();
  for (const { messageId, body } of records) {
    try {
      const read = readChange(JSON.parse(body));
      if (read.kind === 'ignored') {
        steps.note('ignored', { messageId, reason: `${read.eventName}: ${read.reason}` });
        continue;
      }
      const known = relevant.get(read.change.eventId);
      if (known) known.messageIds.push(messageId);
      else relevant.set(read.change.eventId, { ...read, messageIds: [messageId] });
    } catch (error) {
      steps.note('unreadable', { messageId, reason: reasonOf(error) });
      failed.push(messageId);
    }
  }

  const asked = new Map<string, Set<string>>();
  const resolved: Change[] = [];
  const accountWide: { reason: string; change: Change }[] = [];
  for (const { change, touched, messageIds } of relevant.values()) {
    try {
      const subjects = (await Promise.all(touched.map(steps.touched))).flat();
      for (const subject of subjects) {
        const events = asked.get(subject) ?? new Set();
        asked.set(subject, events.add(change.eventId));
      }
      for (const one of touched) if (one.kind === 'account') accountWide.push({ reason: one.reason, change });
      resolved.push(change);
    } catch (error) {
      for (const messageId of messageIds) steps.note('failed', { messageId, reason: reasonOf(error) });
      failed.push(...messageIds);
    }
  }

  const principals = [...asked]
    .map(([subject, events]): AskedPrincipal => ({ subject, changes: [...events].sort() }))
    .sort((a, b) => a.subject.localeCompare(b.subject));
  await steps.send(chunkBatch(batchId(resolved), 'change', principals, resolved));
  const [first] = accountWide;
  if (first !== undefined) {
    const causes = accountWide.map(({ change }) => change);
    await steps.sweep(batchId(causes), first.reason, causes);
  }
  return { failed, changes: resolved.length, principals: principals.length };
}

/** The same events make the same batch, also when SQS delivers them again. */
const batchId = (changes: readonly Change[]): string =>
  createHash('sha256')
    .update(
      changes
        .map(({ eventId }) => eventId)
        .sort()
        .join('\n'),
    )
    .digest('hex')
    .slice(0, 32);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
