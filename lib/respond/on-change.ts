import { readChange } from '#lib/change/read.ts';
import type { Affected, Change, PolicyEdit, Relevant } from '#lib/change/types.ts';
import { AskedPrincipals } from './asked-principals.ts';
import { type CheckMessage, chunkSize } from './messages.ts';
import { projectsSubject } from './sweep.ts';

/** A message of the change queue: SQS's id, and the EventBridge event as text. */
export interface ChangeRecord {
  readonly messageId: string;
  readonly body: string;
}

export interface ChangeSteps {
  /** The account that is checked. */
  readonly accountId: string;
  /** The principals that a change of a group or policy affects now, `role/analyst`, in the account's spelling. */
  readonly affected: (affected: Affected) => Promise<readonly string[]>;
  /** Hands the messages to the check queue. */
  readonly send: (messages: readonly CheckMessage[]) => Promise<void>;
  /** Has the whole account checked. */
  readonly checkAccount: (reasons: readonly string[], changes: readonly Change[]) => Promise<void>;
  /** Whether there is time for another look-up. */
  readonly hasTime: () => boolean;
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
 *
 * Whom the events name goes first, so that nothing which has to be looked up holds it back. What there is no time to look
 * up comes again.
 */
export async function respondToChanges(
  records: readonly ChangeRecord[],
  steps: ChangeSteps,
): Promise<ChangeOutcome> {
  const received = [...readRecords(records, steps)];
  const named = new AskedPrincipals();
  for (const { change, affected } of received) {
    for (const one of affected)
      if (one.kind === 'projects') named.ask(projectsSubject, change);
      else if (isNamed(one)) named.ask(`${one.type}/${one.name}`, change, one.kind === 'deleted');
  }
  await named.send(steps.send);
  await checkAccount(received, steps);
  const { found, failed } = await lookUp(received, steps);
  for (const some of found) await some.send(steps.send);
  return {
    failed,
    changes: received.filter(({ messageIds: [first] }) => !failed.includes(first ?? '')).length,
    principals: new Set([named, ...found].flatMap((some) => [...some.keys()])).size,
  };
}

type Named = Extract<Affected, { kind: 'principal' | 'deleted' }>;
const isNamed = (one: Affected): one is Named => one.kind === 'principal' || one.kind === 'deleted';

async function checkAccount(received: readonly Received[], steps: ChangeSteps): Promise<void> {
  const wide = received.flatMap(({ change, affected }) =>
    affected.flatMap((one) => (one.kind === 'account' ? [{ change, reason: one.reason }] : [])),
  );
  if (wide.length === 0) return;
  await steps.checkAccount(
    [...new Set(wide.map(({ reason }) => reason))],
    wide.map(({ change }) => change),
  );
}

/**
 * Looks up groups and policies, one change after the other, as long as there is time. Those with many principals are batches
 * of their own, which nobody else's findings wait for.
 */
async function lookUp(received: readonly Received[], steps: ChangeSteps) {
  const few = new AskedPrincipals();
  const many = new Map<string, AskedPrincipals>();
  const failed: string[] = [];
  const find = async (one: Affected, change: Change): Promise<void> => {
    const former = formerlyAffected(one, received);
    const subjects = [...new Set([...(await steps.affected(one)), ...former.map(({ subject }) => subject)])];
    const key = JSON.stringify(one).toLowerCase();
    const batch = subjects.length <= chunkSize ? few : (many.get(key) ?? new AskedPrincipals());
    if (batch !== few) many.set(key, batch);
    for (const subject of subjects) batch.ask(subject, change);
    // The two together say what was open.
    for (const { subject, change: own } of former) batch.ask(subject, own);
  };
  for (const { change, affected, messageIds } of received) {
    const open = affected.filter((one) => one.kind === 'group' || one.kind === 'policy');
    try {
      if (open.length > 0 && !steps.hasTime()) throw new Error('there was no time left to look it up');
      for (const one of open) await find(one, change);
    } catch (error) {
      for (const messageId of messageIds) steps.note('failed', { messageId, reason: reasonOf(error) });
      failed.push(...messageIds);
    }
  }
  return { found: [few, ...many.values()], failed };
}

/** Who was in a group, or had a policy, by other events of the window, and may not be or have it any more; and by which. */
function formerlyAffected(
  one: Affected,
  received: readonly Received[],
): { readonly subject: string; readonly change: Change }[] {
  return received.flatMap(({ change, affected }) =>
    change.edit !== undefined && isAbout(change.edit, one)
      ? affected.filter(isNamed).map(({ type, name }) => ({ subject: `${type}/${name}`, change }))
      : [],
  );
}

function isAbout(edit: PolicyEdit, one: Affected): boolean {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  if (one.kind === 'policy') return 'arn' in edit && same(edit.arn ?? '', one.arn);
  return one.kind === 'group' && (edit.act === 'join' || edit.act === 'leave') && same(edit.group, one.name);
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

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
