import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import pLimit from 'p-limit';
import * as z from 'zod/mini';
import { besideSubjects } from '#handlers/setup/beside.ts';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { iam, newPace } from '#handlers/setup/iam.ts';
import { takeMessages } from '#handlers/setup/messages.ts';
import { count, logger, withMetrics } from '#handlers/setup/powertools.ts';
import { readingSteps } from '#handlers/setup/readings.ts';
import { affectedPrincipals } from '#lib/account/affected-principals.ts';
import { versionText } from '#lib/account/version-text.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { recentEdits, rememberEdit } from '#lib/outbox/recent-edits.ts';
import { listRecords } from '#lib/outbox/store.ts';
import { requestAccountCheck } from '#lib/respond/account-check.ts';
import type { QueueMessage } from '#lib/respond/messages.ts';
import { respondToChanges } from '#lib/respond/on-change.ts';
import { Readings } from '#lib/respond/readings.ts';
import { sendBatch, sendLater } from '#lib/respond/send.ts';
import { sweepFor } from '#lib/respond/sweep.ts';

const environment = readEnvironment(
  z.object({
    ACCOUNT_ID: variable.name,
    CHANGE_QUEUE_URL: variable.url,
    CHECK_QUEUE_URL: variable.url,
    HISTORY_TABLE: variable.name,
  }),
);
const sqs = new SQSClient(REQUEST_LIMITS);
const changeQueue = { client: sqs, url: environment.CHANGE_QUEUE_URL };
const queue = { client: sqs, url: environment.CHECK_QUEUE_URL };
const table = {
  client: new DynamoDBClient(REQUEST_LIMITS),
  name: environment.HISTORY_TABLE,
  accountId: environment.ACCOUNT_ID,
};
/** Writes that are under way at a time: a window may have hundreds of events. */
const oneOfFew = pLimit(16);
/** Milliseconds for looking up whom changes of groups and policies affect; what is left comes again. */
const lookUpTime = 120_000;

/** Change queue: change events → the principals that they affect → check queue. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  withMetrics(() => takeMessages(changeQueue, event.Records, () => respond(event)));

async function respond(event: SQSEvent): Promise<readonly string[]> {
  const lookUps = AbortSignal.timeout(lookUpTime);
  const caller = { pace: newPace(table) };
  const send = (messages: Parameters<typeof sendBatch>[1]) => sendBatch(queue, messages);
  const reading = readingSteps(table, caller.pace);
  const steps = {
    readAccount: async (id: string) => (await new Readings().of(id, reading)).account,
    remembered: () => listRecords(table),
    send,
    beside: besideSubjects,
  };
  const { failed, changes, principals } = await respondToChanges(event.Records, {
    accountId: environment.ACCOUNT_ID,
    affected: affectedPrincipals(iam, { ...caller, signal: lookUps }),
    versionText: versionText(iam, { ...caller, signal: lookUps }),
    rememberEdit: (edit) => oneOfFew(() => rememberEdit(table, edit, new Date())),
    recentEdits: (target) => recentEdits(table, target, new Date()),
    hasTime: () => !lookUps.aborted,
    send,
    checkAccount: async (reasons, causes) => {
      logger.info('checking the account', { reasons });
      const now = () => new Date();
      const sendSecond = (message: QueueMessage) => sendLater(queue, message);
      await requestAccountCheck(causes, { table, now, sweep: sweepFor(steps), sendLater: sendSecond });
    },
    note: (what, detail) => logger[what === 'ignored' ? 'info' : 'error'](`event ${what}`, { ...detail }),
  });
  logger.info('changes read', { events: event.Records.length, changes, principals, failed: failed.length });
  count('ChangesRead', changes);
  count('ChangesFailed', failed.length);
  return failed;
}
