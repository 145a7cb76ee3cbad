import { readChange } from '#lib/change/read.ts';
import type { Affected, Change, Relevant } from '#lib/change/types.ts';
import { type AskedPrincipal, batchIdOf, type CheckMessage, chunkBatch } from './messages.ts';

/** A message of the change queue: SQS's id, and the EventBridge event as text. */
export interface ChangeRecord {
  readonly messageId: string;
  readonly body: string;
}

export interface ChangeSteps {
  /** The account that is checked. */
  readonly accountId: string;
  /** The principals that a change affects now, `role/analyst`, in the event's spelling or the account's. */
  readonly affected: (affected: Affected) => Promise<readonly string[]>;
  /** Hands the messages to the check queue. */
  readonly send: (messages: readonly CheckMessage[]) => Promise<void>;
  /** Has the whole account checked. */
  readonly checkAccount: (reasons: readonly string[], changes: readonly Change[]) => Promise<void>;
  /** Says why an event was passed over or kept back. */
  readonly note: (
    what: 'ignored' | 'failed',
    detail: { readonly messageId: string; readonly reason: string },
  ) => void;
}

export interface ChangeOutcome {
  /** Messages to keep: they come again, and in the end to the dead-letter queue. */
  readonly failed: readonly string[];
  readonly changes: number;
  readonly principals: number;
}

/** A change, once, with the messages that brought it. */
type Received = Relevant & { readonly messageIds: string[] };

/**
 * From a burst of change events to the principals to check: each event is read once (CloudTrail, EventBridge and SQS
 * all deliver twice at times), each principal is asked for once, however many events affected it. What cannot be read
 * widens the check to the whole account; what cannot be looked up is kept, never dropped.
 */
export async function respondToChanges(
  records: readonly ChangeRecord[],
  steps: ChangeSteps,
): Promise<ChangeOutcome> {
  const failed: string[] = [];
  const asked = new Map<string, Asked>();
  const resolved: Change[] = [];
  const accountWide: { readonly reason: string; readonly change: Change }[] = [];
  for (const { change, affected, messageIds } of readRecords(records, steps)) {
    try {
      for (const one of affected) {
        if (one.kind === 'account') accountWide.push({ reason: one.reason, change });
        for (const subject of await steps.affected(one)) ask(asked, subject, change, one.kind === 'deleted');
      }
      resolved.push(change);
    } catch (error) {
      for (const messageId of messageIds) steps.note('failed', { messageId, reason: reasonOf(error) });
      failed.push(...messageIds);
    }
  }
  const principals = [...asked.values()]
    .map(({ subject, events, gone }): AskedPrincipal => ({ subject, changes: [...events].sort(), ...gone }))
    .sort((a, b) => a.subject.localeCompare(b.subject));
  await steps.send(chunkBatch(batchIdOf(resolved), 'change', principals, resolved));
  if (accountWide.length > 0) {
    const causes = accountWide.map(({ change }) => change);
    const reasons = [...new Set(accountWide.map(({ reason }) => reason))];
    await steps.checkAccount(reasons, causes);
  }
  return { failed, changes: resolved.length, principals: principals.length };
}

/** The events that concern somebody, each once. */
function readRecords(records: readonly ChangeRecord[], { accountId, note }: ChangeSteps): Iterable<Received> {
  const received = new Map<string, Received>();
  for (const { messageId, body } of records) {
    const read = readChange(parsed(body), accountId);
    if (read.kind === 'ignored') {
      note('ignored', { messageId, reason: `${read.eventName}: ${read.reason}` });
      continue;
    }
    const known = received.get(read.change.eventId);
    if (known) known.messageIds.push(messageId);
    else received.set(read.change.eventId, { ...read, messageIds: [messageId] });
  }
  return received.values();
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

interface Asked {
  readonly subject: string;
  readonly events: Set<string>;
  gone?: { readonly gone: true };
}

/** IAM does not distinguish names by case, so two spellings are one principal. */
function ask(asked: Map<string, Asked>, subject: string, { eventId }: Change, gone: boolean): void {
  const key = subject.toLowerCase();
  const one = asked.get(key) ?? { subject, events: new Set() };
  one.events.add(eventId);
  if (gone) one.gone = { gone: true };
  asked.set(key, one);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
