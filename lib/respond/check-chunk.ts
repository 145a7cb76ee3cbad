import type { Change } from '#lib/change/types.ts';
import { UnansweredError } from '#lib/errors.ts';
import type { AccessLog } from '#lib/outbox/access-log.ts';
import { isBaselineMade } from '#lib/outbox/baseline.ts';
import { batchProgress, finishChunk, isChunkFinished } from '#lib/outbox/batch.ts';
import { RememberedNames } from '#lib/outbox/remembered-names.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import { isAccountCheck } from './account-check.ts';
import { EditsOfOthers } from './edits-of-others.ts';
import { retryDelay } from './hold.ts';
import type { AskedPrincipal, CheckMessage } from './messages.ts';
import { rememberLook, type SubjectChecks } from './remember-look.ts';

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
  const names = new RememberedNames(steps.table);
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
    const changes = changesFor(asked, message.changes);
    const checked = await checks.check(asked.subject).catch(unlessUnanswered);
    if (checked === 'unanswered') {
      unanswered.push(asked);
      continue;
    }
    const looked = { asked, checked, changes, readAt };
    const { subject, sure } = await rememberLook(looked, {
      ...steps,
      message,
      checks,
      others,
      names,
      baselineMade,
    });
    if (!sure) again.push(asked);
    findings += checked?.findings.length ?? 0;
    done.push(subject);
  }
  await lookAgain(message, again, steps);
  await tryAgain(message, unanswered, steps);
  await finishChunk(steps.table, batch, chunk, done, steps.now());
  const { complete } = await batchProgress(steps.table, batch);
  return { checked: principals.length, complete, findings };
}

/**
 * With those whom others come to through a role whose trust policy has changed, or which may assume them by now: nothing of
 * their own has.
 */
function withThoseBehind(
  { batch, principals, changes }: CheckMessage,
  { behind }: SubjectChecks,
): readonly AskedPrincipal[] {
  // A check of the whole account has everybody.
  if (behind === undefined || isAccountCheck(batch)) return principals;
  const edits = new Map(changes.filter(isEdit).map((change) => [change.eventId, change]));
  const asked = new Map(principals.map((one) => [one.subject.toLowerCase(), one]));
  for (const { subject, changes: own, behind: isBehind } of principals) {
    const causes = own.filter((id) => edits.has(id));
    if (causes.length === 0 || isBehind === true) continue;
    const which = causes.some((id) => edits.get(id)?.eventName === trustEvent) ? 'all' : 'from outside';
    for (const one of behind(subject, which))
      if (!asked.has(one.toLowerCase()))
        asked.set(one.toLowerCase(), { subject: one, changes: causes, behind: true });
  }
  return [...asked.values()];
}

const trustEvent = 'UpdateAssumeRolePolicy';
const isEdit = ({ edit, eventName }: Change): boolean => edit !== undefined || eventName === trustEvent;

/** The changes that a principal is looked at for; those of another one edit nothing of it. */
function changesFor(asked: AskedPrincipal, changes: readonly Change[]): readonly Change[] {
  const own = changes.filter(({ eventId }) => asked.changes.includes(eventId));
  return asked.behind === true ? own.map(({ edit: _, ...change }) => change) : own;
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
