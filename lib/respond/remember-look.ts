import type { Bindings } from '#lib/change/edit-targets.ts';
import { mergeChanges } from '#lib/change/merge.ts';
import type { Change } from '#lib/change/types.ts';
import { nextEntry } from '#lib/outbox/access-history.ts';
import { type AccessLog, appendAccess } from '#lib/outbox/access-log.ts';
import { remember } from '#lib/outbox/remember.ts';
import { rememberOpenings } from '#lib/outbox/remember-openings.ts';
import type { RememberedNames } from '#lib/outbox/remembered-names.ts';
import { formerRecord, inherited, leaveName, namesBefore } from '#lib/outbox/renamed.ts';
import { updateRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { PrincipalRecord, Reading } from '#lib/outbox/types.ts';
import { type Access, noAccess } from '#lib/past/access.ts';
import { endOfAccess } from '#lib/past/access-change.ts';
import type { Before } from '#lib/past/undo-event.ts';
import { isAccountCheck } from './account-check.ts';
import type { EditsOfOthers } from './edits-of-others.ts';
import type { AskedPrincipal, CheckMessage } from './messages.ts';
import { accountSubject } from './sweep.ts';

/** What was found about one subject: a principal, a managed policy, or the expectations. */
export type Checked = Omit<Reading, 'readAt' | 'changes' | 'causes' | 'isNew'> & {
  /** In the account's spelling. */
  readonly subject: string;
  /** The same with the commands that take back the events that led to it. */
  readonly undoing?: (changes: readonly Change[], before: Before) => Promise<Undone>;
  /** Of a principal. */
  readonly bindings?: Bindings;
};

export type Undone = Pick<Reading, 'findings' | 'outside' | 'changeSince'>;

export interface SubjectChecks {
  /** When IAM was read for them; absent: when they were prepared. */
  readonly readAt?: string;
  /** `undefined`: the subject does not exist, or was deleted while it was checked. */
  readonly check: (subject: string) => Promise<Checked | undefined>;
  /** The roles with access that others come to through a role; `from outside`: where their widest road is through it. */
  readonly behind?: (subject: string, which: 'all' | 'from outside') => readonly string[];
  /** Of somebody whom an event names and whom IAM does not have, at the second look either. */
  readonly absent: (subject: string) => Checked;
  /** What was open of somebody who does not exist any more. */
  readonly openingsOfFormer: (
    subject: string,
    arn: string,
    /** With the renames of users: who goes on under another name has what he has there. */
    changes: readonly Change[],
  ) => NonNullable<Reading['openingsSince']>;
}

/** What a look at somebody whom a message names has shown. */
export interface Looked {
  readonly asked: AskedPrincipal;
  readonly checked: Checked | undefined;
  readonly changes: readonly Change[];
  readonly readAt: string;
}

/** What a look rests on beside what it saw. */
export interface LookContext {
  readonly table: RecordTable;
  readonly log: AccessLog;
  readonly message: CheckMessage;
  readonly checks: SubjectChecks;
  /** The edits of groups and policies that concern a principal. */
  readonly others: EditsOfOthers;
  readonly names: RememberedNames;
  /** Whether the first look at everybody is over: who has no record since then did not exist. */
  readonly baselineMade: boolean;
}

/** Who was looked at, in the account's spelling, and whether IAM can be trusted to show all that was done. */
export interface Remembered {
  readonly subject: string;
  readonly sure: boolean;
}

/** Remembers what a look at a subject has shown, with what it could do under another name before. */
export async function rememberLook(looked: Looked, context: LookContext): Promise<Remembered> {
  const { table, log, message, baselineMade, names } = context;
  const { asked, checked, changes } = looked;
  const subject = checked?.subject ?? (await names.spelled(asked.subject));
  const former = checked && (await formerRecord(table, subject, message.changes));
  let sure = true;
  await updateRecord(table, subject, async (stored) => {
    const before = checked ? beforeLook(stored, former, checked) : stored;
    sure = message.batch.purpose !== 'change' || message.second === true || isSettled(looked, before);
    const didNotExist = stored === undefined && baselineMade && /^(user|role)\//.test(subject);
    const isNew =
      (didNotExist && before === undefined) || isToldAnyway(message, subject, { before, changes });
    const reading = await readingOf(looked, { subject, before, isNew }, context);
    return reading && withLog(stored, remember(before, reading), reading, { ...log, didNotExist });
  });
  if (former !== undefined) await leaveName(table, former.subject, subject);
  return { subject, sure };
}

/** What is known of before; of somebody who was renamed, under the name of then. */
function beforeLook(
  stored: PrincipalRecord | undefined,
  former: PrincipalRecord | undefined,
  checked: Checked,
): PrincipalRecord | undefined {
  const isThere = stored !== undefined && stored.status !== 'deleted';
  return isThere || former === undefined ? stored : inherited(former, checked);
}

/** What is to be remembered, with what the events say of it; `undefined`: nothing. */
async function readingOf(
  { asked, checked, changes, readAt }: Looked,
  {
    subject,
    before,
    isNew,
  }: {
    readonly subject: string;
    readonly before: PrincipalRecord | undefined;
    readonly isNew: boolean;
  },
  { checks, others, message }: LookContext,
): Promise<Reading | undefined> {
  const shown = checked ?? absenceOf({ ...asked, subject }, before, checks, message);
  if (shown === undefined) return undefined;
  const told = new Set(before?.changesTold);
  const beside = isNamed(message, changes)
    ? await others.causes(
        [subject, ...namesBefore(subject, message.changes)],
        changes,
        checked?.bindings ?? { groups: [], policies: [] },
      )
    : [];
  const causes = mergeChanges(
    beside.filter(({ eventId }) => !told.has(eventId)),
    changes,
  );
  const undone = await checked?.undoing?.(causes, {
    past: before?.past ?? before?.access,
    pastTrust: before?.pastTrust ?? before?.trust,
  });
  const edits = await others.beside(subject, changes, before);
  const named = { subject: before?.subject ?? subject, readAt };
  return { ...shown, ...undone, ...named, changes, causes, edits, isNew };
}

/** The record, once every change of access that it shows is in the log. */
async function withLog(
  before: PrincipalRecord | undefined,
  after: PrincipalRecord,
  reading: Reading,
  { didNotExist, ...log }: AccessLog & { readonly didNotExist: boolean },
): Promise<PrincipalRecord> {
  if (before !== undefined && reading.readAt < before.readAt) return after;
  const { causes: changes = reading.changes, subject, arn } = reading;
  for (const { from, to, access, isOfTrust } of rememberOpenings(before, reading).found) {
    // What it could do, it could as the log says.
    if (isOfTrust) continue;
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

/** What is to be remembered of somebody who is not there; `undefined`: nothing, because nobody of that name was ever known. */
function absenceOf(
  asked: AskedPrincipal,
  before: PrincipalRecord | undefined,
  checks: SubjectChecks,
  { changes, second: isSecond = false }: CheckMessage,
): Omit<Reading, 'subject' | 'readAt' | 'changes'> | undefined {
  const { arn = '' } = before ?? {};
  const end = {
    access: noAccess,
    changeSince: (past: Access) => endOfAccess(asked.subject, arn, past),
    openingsSince: checks.openingsOfFormer(asked.subject, arn, changes),
  };
  const gone = { arn, status: 'deleted', fingerprint: '', findings: [], outside: [], ...end } as const;
  // That it was deleted is remembered even of somebody unknown, for looks that are still to come.
  if (before !== undefined || asked.gone === true) return gone;
  return isSecond ? checks.absent(asked.subject) : undefined;
}
