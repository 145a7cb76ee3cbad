import { type RecentEdit, targetOf } from '#lib/change/edit-targets.ts';
import { readChange } from '#lib/change/read.ts';
import type { Affected, Change, Relevant } from '#lib/change/types.ts';
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
  /** Keeps an edit for those that come later and are about the same group or policy. */
  readonly rememberEdit: (edit: RecentEdit) => Promise<void>;
  /** What was kept of a group or policy. */
  readonly recentEdits: (target: string) => Promise<readonly RecentEdit[]>;
  /** The text of a stored version of a policy; `undefined` where it is gone. */
  readonly versionText: (arn: string, versionId: string) => Promise<string | undefined>;
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
  // Before anybody is asked for: of two functions with events about one group, the later one sees both.
  const unkept = await rememberEdits(received, steps);
  const named = new AskedPrincipals();
  for (const { change, affected } of received) {
    for (const one of affected)
      if (one.kind === 'projects') named.ask(projectsSubject, change);
      else if (isNamed(one)) named.ask(`${one.type}/${one.name}`, change, one.kind === 'deleted');
  }
  await named.send(steps.send);
  await checkAccount(received, steps);
  const { found, failed: notFound } = await lookUp(received, steps);
  const failed = [...new Set([...unkept, ...notFound])];
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

/** Ids of the messages whose edits could not be kept: they come again, and nobody waits for them. */
async function rememberEdits(received: readonly Received[], steps: ChangeSteps): Promise<readonly string[]> {
  const kept = await Promise.all(
    received.map(async ({ change, affected, messageIds }) => {
      if (change.edit === undefined) return [];
      const subjects = affected.filter(isNamed).map(({ type, name }) => `${type}/${name}`);
      try {
        await steps.rememberEdit({ change, subjects });
        return [];
      } catch (error) {
        for (const messageId of messageIds) steps.note('failed', { messageId, reason: reasonOf(error) });
        return messageIds;
      }
    }),
  );
  return kept.flat();
}

/** With the text of the version that it names, where that is still stored. */
async function withText(change: Change, steps: ChangeSteps): Promise<Change> {
  const { edit } = change;
  if (edit?.act !== 'version' || edit.text !== undefined || edit.versionId === undefined) return change;
  const text = await steps.versionText(edit.arn, edit.versionId);
  const known = { ...change, edit: { ...edit, text } };
  await steps.rememberEdit({ change: known, subjects: [] });
  return known;
}

/**
 * Looks up groups and policies, one change after the other, as long as there is time. Those with many principals are batches
 * of their own, which nobody else's findings wait for.
 */
async function lookUp(received: readonly Received[], steps: ChangeSteps) {
  const few = new AskedPrincipals();
  const many = new Map<string, AskedPrincipals>();
  const failed: string[] = [];
  const find = async (one: GroupOrPolicy, change: Change): Promise<void> => {
    const subjects = [...new Set([...(await steps.affected(one)), ...(await formerlyAffected(one, steps))])];
    const key = JSON.stringify(one).toLowerCase();
    const batch = subjects.length <= chunkSize ? few : (many.get(key) ?? new AskedPrincipals());
    if (batch !== few) many.set(key, batch);
    for (const subject of subjects) batch.ask(subject, change);
  };
  for (const { change, affected, messageIds } of received) {
    const open = affected.filter(isGroupOrPolicy);
    try {
      if (open.length > 0 && !steps.hasTime()) throw new Error('there was no time left to look it up');
      const known = open.length > 0 ? await withText(change, steps) : change;
      for (const one of open) await find(one, known);
    } catch (error) {
      for (const messageId of messageIds) steps.note('failed', { messageId, reason: reasonOf(error) });
      failed.push(...messageIds);
    }
  }
  return { found: [few, ...many.values()], failed };
}

/**
 * Who was in a group, or had a policy, by other events, and may not be or have it any more. Those events may have come before,
 * in another window.
 */
async function formerlyAffected(
  one: GroupOrPolicy,
  steps: ChangeSteps,
  asked: Set<string> = new Set([targetOf(one)]),
): Promise<readonly string[]> {
  const edits = await steps.recentEdits(targetOf(one));
  const found = edits.flatMap(({ subjects }) => subjects);
  // A group by its other names, and the groups of a policy.
  const groups = edits.flatMap(({ change: { edit } }) => {
    if (edit?.act === 'rename') return [edit.group ?? [], edit.to].flat();
    return one.kind === 'policy' && edit && 'group' in edit ? (edit.group ?? []) : [];
  });
  for (const name of groups) {
    const group = { kind: 'group', name } as const;
    if (asked.has(targetOf(group))) continue;
    asked.add(targetOf(group));
    found.push(...(await steps.affected(group)), ...(await formerlyAffected(group, steps, asked)));
  }
  return found;
}

type GroupOrPolicy = Extract<Affected, { kind: 'group' | 'policy' }>;
const isGroupOrPolicy = (one: Affected): one is GroupOrPolicy =>
  one.kind === 'group' || one.kind === 'policy';

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
