import type { Change } from '#lib/change/types.ts';
import { type Access, noAccess } from '#lib/check/access.ts';
import { endOfAccess } from '#lib/check/access-change.ts';
import type { Before } from '#lib/check/undo-event.ts';
import { UnansweredError } from '#lib/errors.ts';
import { nextEntry } from '#lib/outbox/access-history.ts';
import { type AccessLog, appendAccess } from '#lib/outbox/access-log.ts';
import { isBaselineMade } from '#lib/outbox/baseline.ts';
import { batchProgress, finishChunk, isChunkFinished } from '#lib/outbox/batch.ts';
import { remember } from '#lib/outbox/remember.ts';
import { rememberOpenings } from '#lib/outbox/remember-openings.ts';
import { updateRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { PrincipalRecord, Reading } from '#lib/outbox/types.ts';
import { isAccountCheck } from './account-check.ts';
import { EditsOfOthers } from './edits-of-others.ts';
import { retryDelay } from './hold.ts';
import type { AskedPrincipal, CheckMessage } from './messages.ts';
import { accountSubject } from './sweep.ts';

/** What was found about one subject: a principal, a managed policy, or the expectations. */
export type Checked = Omit<Reading, 'readAt' | 'changes' | 'isNew'> & {
  /** In the account's spelling. */
  readonly subject: string;
  /** The same with the commands that take back the events that led to it. */
  readonly undoing?: (changes: readonly Change[], before: Before) => Promise<Undone>;
};

export type Undone = Pick<Reading, 'findings' | 'outside' | 'changeSince'>;

export interface ChunkSteps {
  readonly table: RecordTable;
  readonly log: AccessLog;
  /**
   * Reads from IAM what all checks of the chunk need, once. With `isPatient` a check throws UnansweredError where IAM's
   * simulator does not answer, instead of doing without it.
   */
  readonly prepare: (isPatient: boolean) => Promise<SubjectChecks>;
  /** Sends what is left of a chunk back to the queue. */
  readonly sendRest: (rest: CheckMessage) => Promise<void>;
  /** Asks for a second look in some minutes. */
  readonly sendSecond: (second: CheckMessage) => Promise<void>;
  /** Asks once more for principals about whom IAM's simulator did not answer. */
  readonly sendAgain: (again: CheckMessage, seconds: number) => Promise<void>;
  /** Whether there is time for one more. */
  readonly hasTime: () => boolean;
  readonly now: () => Date;
}

export interface SubjectChecks {
  /** When IAM was read for them; absent: when they were prepared. */
  readonly readAt?: string;
  /** `undefined`: the subject does not exist, or was deleted while it was checked. */
  readonly check: (subject: string) => Promise<Checked | undefined>;
  /** The roles with access that others come to through a role. */
  readonly behind?: (subject: string) => readonly string[];
  /** Of somebody whom an event names and whom IAM does not have, at the second look either. */
  readonly absent: (subject: string) => Checked;
  /** What was open of somebody who does not exist any more. */
  readonly openingsOfFormer: (subject: string, arn: string) => NonNullable<Reading['openingsSince']>;
}

export interface ChunkOutcome {
  readonly checked: number;
  /** Every chunk of the batch is done: it can be announced. */
  readonly complete: boolean;
  readonly findings: number;
}

/**
 * Checks what one message asks for and remembers what was found. Doing it twice does no harm: what is remembered is
 * the state, not the event. When time runs out the rest goes back to the queue as the same chunk. Whom a change has left
 * as it was is looked at once more, some minutes later, since IAM may be late.
 */
export async function checkChunk(message: CheckMessage, steps: ChunkSteps): Promise<ChunkOutcome> {
  const { batch, chunk, tries = 0 } = message;
  if (await isChunkFinished(steps.table, batch, chunk)) {
    const { complete } = await batchProgress(steps.table, batch);
    return { checked: 0, complete, findings: 0 };
  }
  // Taken before IAM is read: a change in between belongs to the next reading.
  const preparedAt = steps.now().toISOString();
  const checks = await steps.prepare(tries < mostTries);
  const { readAt = preparedAt } = checks;
  const principals = withThoseBehind(message, checks);
  const others = new EditsOfOthers(steps);
  const baselineMade = await isBaselineMade(steps.table);
  const done = [...message.done];
  const again: AskedPrincipal[] = [];
  const unanswered: AskedPrincipal[] = [];
  let findings = 0;
  for (const [index, asked] of principals.entries()) {
    if (index > 0 && !steps.hasTime()) {
      await lookAgain(message, again, steps);
      await tryAgain(message, unanswered, steps);
      await steps.sendRest({ ...message, principals: principals.slice(index), done });
      return { checked: index, complete: false, findings };
    }
    const changes = message.changes.filter(({ eventId }) => asked.changes.includes(eventId));
    const checked = await checks.check(asked.subject).catch(unlessUnanswered);
    if (checked === 'unanswered') {
      unanswered.push(asked);
      continue;
    }
    const looked = { asked, checked, changes, readAt };
    const subject = checked?.subject ?? asked.subject;
    await updateRecord(steps.table, subject, async (before) => {
      const sure = message.batch.purpose !== 'change' || message.second || isSettled(looked, before);
      if (!sure) again.push(asked);
      const reading = readingOf(looked, before, checks, message.second === true);
      if (reading === undefined) return undefined;
      const didNotExist = before === undefined && baselineMade && /^(user|role)\//.test(subject);
      const isNew = didNotExist || isToldAnyway(message, subject, { before, changes });
      const undone = await checked?.undoing?.(changes, {
        past: before?.past ?? before?.access,
        pastTrust: before?.pastTrust ?? before?.trust,
      });
      const edits = await others.beside(subject, changes, before);
      const about = { subject: before?.subject ?? subject, readAt, changes, edits, isNew };
      const named = { ...reading, ...undone, ...about };
      return withLog(before, remember(before, named), named, { ...steps.log, didNotExist });
    });
    findings += checked?.findings.length ?? 0;
    done.push(subject);
  }
  await lookAgain(message, again, steps);
  await tryAgain(message, unanswered, steps);
  await finishChunk(steps.table, batch, chunk, done, steps.now());
  const { complete } = await batchProgress(steps.table, batch);
  return { checked: principals.length, complete, findings };
}

/** With those whom others come to through a role whose trust policy has changed. */
function withThoseBehind(
  { batch, principals, changes }: CheckMessage,
  { behind }: SubjectChecks,
): readonly AskedPrincipal[] {
  const ofTrust = new Set(
    changes.flatMap(({ eventName, eventId }) => (eventName === 'UpdateAssumeRolePolicy' ? [eventId] : [])),
  );
  // A check of the whole account has everybody.
  if (behind === undefined || ofTrust.size === 0 || isAccountCheck(batch)) return principals;
  const asked = new Map(principals.map((one) => [one.subject.toLowerCase(), one]));
  for (const { subject, changes: own } of principals) {
    const causes = own.filter((id) => ofTrust.has(id));
    if (causes.length === 0) continue;
    for (const one of behind(subject))
      if (!asked.has(one.toLowerCase())) asked.set(one.toLowerCase(), { subject: one, changes: causes });
  }
  return [...asked.values()];
}

/** Times that IAM's simulator is waited for, three and a half minutes in all, before its silence is told. */
const mostTries = 3;

function unlessUnanswered(error: unknown): 'unanswered' {
  if (error instanceof UnansweredError) return 'unanswered';
  throw error;
}

/** Those about whom IAM did not answer are a batch of their own, so that nobody waits for them. */
async function tryAgain(
  message: CheckMessage,
  principals: readonly AskedPrincipal[],
  { sendAgain }: ChunkSteps,
): Promise<void> {
  const [first] = principals;
  if (first === undefined) return;
  const tries = (message.tries ?? 0) + 1;
  const id = `${message.batch.id}-again-${tries}-${message.chunk}-${first.subject}`;
  const batch = { id, chunks: 1, purpose: 'change' } as const;
  const { reading: _, ...rest } = message;
  await sendAgain({ ...rest, batch, chunk: 0, principals, done: [], tries }, retryDelay(tries));
}

/** The record, once every change of access that it shows is in the log. */
async function withLog(
  before: PrincipalRecord | undefined,
  after: PrincipalRecord,
  reading: Reading,
  { didNotExist, ...log }: AccessLog & { readonly didNotExist: boolean },
): Promise<PrincipalRecord> {
  if (before !== undefined && reading.readAt < before.readAt) return after;
  const { changes, subject, arn } = reading;
  for (const { from, to, access } of rememberOpenings(before, reading).found) {
    const open = {
      subject,
      arn,
      since: from,
      after: from,
      until: to,
      kind: 'open',
      access,
      changes,
    } as const;
    await appendAccess(log, open);
  }
  const entry = nextEntry(before, after, changes, didNotExist);
  if (entry === undefined) return after;
  await appendAccess(log, entry);
  return { ...after, accessSince: entry.since };
}

/**
 * Whether nobody knows what was before, and it is told all the same instead of being the baseline: an event is about it, or it
 * is nobody who could have had something.
 */
const isToldAnyway = (
  message: CheckMessage,
  subject: string,
  { before, changes }: { readonly before: PrincipalRecord | undefined; readonly changes: readonly Change[] },
): boolean => subject === accountSubject || (before?.access === undefined && isNamed(message, changes));

/** Whether an event was about somebody, rather than a look at everybody. */
const isNamed = ({ batch }: CheckMessage, changes: readonly Change[]): boolean =>
  batch.purpose === 'change' && changes.length > 0 && !isAccountCheck(batch);

interface Looked {
  readonly asked: AskedPrincipal;
  readonly checked: Checked | undefined;
  readonly changes: readonly Change[];
  readonly readAt: string;
}

/** Whether what was read can be what the changes have led to; otherwise IAM may not show them yet. */
function isSettled(
  { asked, checked, changes, readAt }: Looked,
  before: PrincipalRecord | undefined,
): boolean {
  if (changes.length === 0) return true;
  // A clock is ahead: ours may have read before the change was made.
  if (changes.some(({ time }) => Date.parse(time) > Date.parse(readAt))) return false;
  if (checked === undefined) return asked.gone === true || before?.status === 'deleted';
  if (checked.status === 'inconclusive' || asked.gone === true || before === undefined) return false;
  // Of several changes, one that shows does not say that all of them do.
  return changes.length === 1 && before.fingerprint !== checked.fingerprint;
}

/** What is to be remembered of a subject; `undefined`: nothing, because nobody of that name was ever known. */
function readingOf(
  { asked, checked }: Looked,
  before: PrincipalRecord | undefined,
  checks: SubjectChecks,
  isSecond: boolean,
): Omit<Reading, 'subject' | 'readAt' | 'changes'> | undefined {
  if (checked !== undefined) return checked;
  const { arn = '' } = before ?? {};
  const end = {
    access: noAccess,
    changeSince: (past: Access) => endOfAccess(asked.subject, arn, past),
    openingsSince: checks.openingsOfFormer(asked.subject, arn),
  };
  const gone = { arn, status: 'deleted', fingerprint: '', findings: [], outside: [], ...end } as const;
  // That it was deleted is remembered even of somebody unknown, for looks that are still to come.
  if (before !== undefined || asked.gone === true) return gone;
  return isSecond ? checks.absent(asked.subject) : undefined;
}

/** The changes go along, so that the cause is known when IAM shows what they did. */
async function lookAgain(
  message: CheckMessage,
  principals: readonly AskedPrincipal[],
  { sendSecond }: ChunkSteps,
): Promise<void> {
  const [first] = principals;
  if (first === undefined) return;
  const asked = [...new Map(principals.map((one) => [one.subject, one])).values()];
  const { batch, reading, ...rest } = message;
  const { id } = batch;
  await sendSecond({
    ...rest,
    // IAM is read anew, and as before once for all messages of the batch.
    ...(reading === undefined ? {} : { reading: `${reading}-second` }),
    batch: { id: `${id}-second-${message.chunk}-${first.subject}`, chunks: 1, purpose: 'change' },
    chunk: 0,
    principals: asked,
    done: [],
    second: true,
  });
}
