import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { iam, newPace } from '#handlers/setup/iam.ts';
import { logger } from '#handlers/setup/powertools.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { listRecords } from '#lib/outbox/store.ts';
import { sendBatch } from '#lib/respond/send.ts';
import { type SweepOutcome, sweepAccount } from '#lib/respond/sweep.ts';

const environment = readEnvironment(
  z.object({
    CHECK_QUEUE_URL: variable.url,
    ACCOUNT_ID: variable.name,
    HISTORY_TABLE: variable.name,
    WEEKLY_REPORT: z.enum(['yes', 'no']),
  }),
);
const queue = { client: new SQSClient(REQUEST_LIMITS), url: environment.CHECK_QUEUE_URL };
const table = {
  client: new DynamoDBClient(REQUEST_LIMITS),
  name: environment.HISTORY_TABLE,
  accountId: environment.ACCOUNT_ID,
};
const monday = 1;

/** Schedule: every principal of the account, and the managed policies → check queue. */
export const handler = async (_event: unknown, { awsRequestId }: Context): Promise<SweepOutcome> => {
  const now = new Date();
  const full = environment.WEEKLY_REPORT === 'yes' && now.getUTCDay() === monday;
  const caller = { pace: newPace(table) };
  // Lambda tries again with the same id, and a sweep that is tried again is the same sweep.
  const outcome = await sweepAccount(`sweep-${awsRequestId}`, full ? 'weekly-report' : 'sweep', {
    readAccount: () => accountFromIam(iam, caller),
    remembered: () => listRecords(table),
    send: (messages) => sendBatch(queue, messages),
  });
  logger.info('sweep begun', { ...outcome });
  return outcome;
};
