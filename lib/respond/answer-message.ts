import type { IAMClient } from '@aws-sdk/client-iam';
import type { Expectations } from '#lib/expectation/expectations.ts';
import type { Paced } from '#lib/iam/pace.ts';
import type { Batch } from '#lib/outbox/batch.ts';
import { notifyBatch } from '#lib/outbox/notify-batch.ts';
import { listRecords } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { MailContext } from '#lib/report/mail-content.ts';
import { ableNow } from './able-now.ts';
import {
  type AccountCheckSteps,
  endAccountCheck,
  isAccountCheck,
  repeatAccountCheck,
} from './account-check.ts';
import type { ReadBeside } from './check-beside.ts';
import { checkChunk } from './check-chunk.ts';
import { accountFor } from './chunk-account.ts';
import { composeMessages } from './compose.ts';
import { parseMessage } from './messages.ts';
import { type Outlet, publishReport } from './outlet.ts';
import type { PreparedChecks } from './prepared-checks.ts';
import type { ReadingSteps, Readings } from './readings.ts';
import { pageLink } from './report-objects.ts';
import { type CheckQueue, sendBatch, sendClose, sendLater, sendMessages } from './send.ts';
import { NobodySubscribedError } from './subscribers.ts';
import { sweepFor } from './sweep.ts';

export interface MessageSteps {
  readonly iam: IAMClient;
  readonly outlet: Outlet;
  readonly queue: CheckQueue;
  /** Where the report of a complete sweep is asked for. */
  readonly reportQueue: CheckQueue;
  readonly table: RecordTable;
  readonly expectations: Expectations;
  readonly pace: Paced;
  /** How is read what IAM does not have; absent: it is not. */
  readonly readBeside?: (pace: Paced) => ReadBeside;
  /** Readings of the account that are kept, and how one is made. */
  readonly readings: Readings;
  readonly reading: ReadingSteps;
  readonly prepared: PreparedChecks;
  /** What is looked at beside principals, policies and expectations. */
  readonly besideSubjects: readonly string[];
  /** Where SCPs bind nobody; absent: not known. */
  readonly managementAccount?: string | undefined;
  readonly reminderDays: number;
  /** For which the log of access keeps what has ended. */
  readonly accessLogDays: number;
  /** Whether losses of access are announced where nobody wrote what is expected. */
  readonly losses: boolean;
  /** Unique for each attempt. */
  readonly id: string;
  readonly hasTime: () => boolean;
  /** When to stop searching in the midst of a principal, as performance.now() counts. */
  readonly until: number;
  /** Everybody was checked and told of; called before that is written, and again where it could not be. */
  readonly sweepCompleted: () => void;
  readonly now: () => Date;
}

export interface MessageOutcome {
  readonly checked: number;
  readonly findings: number;
  /** Principals that a message was sent about. */
  readonly announced: number;
  readonly sweepCompleted: boolean;
  /** There was something to announce, and nobody has confirmed a subscription. */
  readonly unheard?: boolean;
}

/**
 * Answers one message of the check queue: checks what it asks for, remembers it, and announces the batch when this was the
 * last of it.
 */
export async function answerMessage(body: string, steps: MessageSteps): Promise<MessageOutcome> {
  const { queue, table, now } = steps;
  const message = parseMessage(body);
  if (message.kind === 'close') {
    const { done, busy: _, ...outcome } = await announceIfHeard(message.batch, steps);
    if (done) await askForReport(message.batch, steps);
    else await sendClose(queue, message.batch, message.round + 1, outcome.unheard ? 'subscriber' : 'chunks');
    return { checked: 0, findings: 0, ...outcome };
  }
  if (message.kind === 'account') {
    await repeatAccountCheck(message, accountCheckSteps(steps));
    return { checked: 0, findings: 0, announced: 0, sweepCompleted: false };
  }
  const outcome = await checkChunk(message, {
    table,
    log: { table, days: steps.accessLogDays },
    now,
    hasTime: steps.hasTime,
    sendRest: (rest) => sendMessages(queue, [rest]),
    sendSecond: (second) => sendLater(queue, second),
    sendAgain: (again, seconds) => sendLater(queue, again, seconds),
    prepare: async (isPatient) => {
      const reading = await accountFor(message, steps.readings, { ...steps, ...steps.reading });
      return steps.prepared.of(reading, steps, { isPatient, isShared: message.reading !== undefined });
    },
  });
  const { checked, findings } = outcome;
  if (!outcome.complete) return { checked, findings, announced: 0, sweepCompleted: false };
  await askForReport(message.batch, steps);
  const { done, busy, ...told } = await announceIfHeard(message.batch, steps);
  if (busy) throw new Error('another function is announcing the batch, or died in it: it is asked for again');
  // Whoever else finishes a chunk closes the batch; where nobody listens, nobody does.
  if (told.unheard) await sendClose(queue, message.batch, 1, 'subscriber');
  return { checked, findings, ...told };
}

/** Before anything is announced: where nobody listens, the page is all that there is. */
async function askForReport({ id, purpose }: Batch, { reportQueue }: MessageSteps): Promise<void> {
  if (purpose !== 'change') await sendMessages(reportQueue, [{ kind: 'report', id }]);
}

type Announced = Pick<MessageOutcome, 'announced' | 'sweepCompleted' | 'unheard'> & {
  readonly done: boolean;
  /** Somebody else is announcing it, or died in it. */
  readonly busy: boolean;
};

/** What nobody would receive stays to be announced: the batch comes again, and after that every sweep finds it. */
async function announceIfHeard(batch: Batch, steps: MessageSteps): Promise<Announced> {
  try {
    return await announce(batch, steps);
  } catch (error) {
    if (!(error instanceof NobodySubscribedError)) throw error;
    return { announced: 0, done: false, busy: false, sweepCompleted: false, unheard: true };
  }
}

async function announce(batch: Batch, steps: MessageSteps): Promise<Announced> {
  const { outlet, table, expectations, now } = steps;
  const page = batch.purpose === 'change' ? {} : { page: pageLink(outlet.lists, batch.id) };
  const region = expectations.baseline.region;
  const place = { accountId: table.accountId, region, at: now().toISOString(), ...page };
  const { announced, completed, busy, done } = await notifyBatch(batch, {
    ...steps,
    compose: (principals) =>
      composeMessages(principals, { ...place, purpose: batch.purpose }, outlet, steps.id),
    finish: () => finish(batch, place, steps),
  });
  return { announced, done, busy, sweepCompleted: completed && batch.purpose !== 'change' };
}

/** What is done once a batch, when all of it is announced. */
async function finish(batch: Batch, place: MailContext, steps: MessageSteps): Promise<void> {
  const { outlet, table, expectations } = steps;
  if (isAccountCheck(batch)) await endAccountCheck(batch.id, accountCheckSteps(steps));
  if (batch.purpose === 'change') return;
  steps.sweepCompleted();
  // What is told once in a stack's life, or once a week, stays outside of what a start loads.
  const { announceBaseline } = await import('./announce-baseline.ts');
  await announceBaseline(table, place, outlet);
  if (batch.purpose !== 'weekly-report') return;
  const { weeklyReport } = await import('#lib/outbox/weekly-report.ts');
  const { email } = await import('#lib/report/email.ts');
  const { accountId, region, at } = place;
  const about = { accountId, region, startedAt: at, expectations: expectations.source };
  const report = await weeklyReport(table, batch, about);
  const { able } = await ableNow(table);
  const anyExpected = able.filter((one) => one.anyExpected);
  await publishReport(outlet, `${place.at.slice(0, 10)}/weekly-${steps.id}`, (fullReport) =>
    email(report, {
      purpose: 'weekly-report',
      page: place.page,
      anyExpected,
      ...(fullReport === undefined ? {} : { fullReport }),
    }),
  );
}

const accountCheckSteps = (steps: MessageSteps): AccountCheckSteps => ({
  table: steps.table,
  now: steps.now,
  sendLater: (message) => sendLater(steps.queue, message),
  sweep: sweepFor({
    readAccount: async (id) => (await steps.readings.of(id, steps.reading)).account,
    remembered: () => listRecords(steps.table),
    beside: steps.besideSubjects,
    send: (messages) => sendBatch(steps.queue, messages),
  }),
});
