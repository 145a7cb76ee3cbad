import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { iam, newPace } from '#handlers/setup/iam.ts';
import { count, logger, withMetrics } from '#handlers/setup/powertools.ts';
import { affectedPrincipals } from '#lib/account/affected-principals.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { listRecords } from '#lib/outbox/store.ts';
import { respondToChanges } from '#lib/respond/on-change.ts';
import { sendBatch } from '#lib/respond/send.ts';
import { sweepAccount } from '#lib/respond/sweep.ts';

const environment = readEnvironment(
  z.object({ CHECK_QUEUE_URL: variable.url, HISTORY_TABLE: variable.name }),
);
const queue = { client: new SQSClient(), url: environment.CHECK_QUEUE_URL };
const table = { client: new DynamoDBClient(), name: environment.HISTORY_TABLE };

/** Change queue: IAM change events → the principals that they touch → check queue. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  withMetrics(async () => {
    const caller = { pace: newPace() };
    const send = (messages: Parameters<typeof sendBatch>[1]) => sendBatch(queue, messages);
    const { failed, changes, principals } = await respondToChanges(event.Records, {
      touched: affectedPrincipals(iam, caller),
      send,
      sweep: async (id, reason, causes) => {
        logger.info('sweeping the account', { reason });
        const readAccount = () => accountFromIam(iam, caller);
        await sweepAccount(id, 'sweep', { readAccount, remembered: () => listRecords(table), send }, causes);
      },
      note: (what, detail) => logger[what === 'ignored' ? 'info' : 'error'](`event ${what}`, { ...detail }),
    });
    logger.info('changes read', { events: event.Records.length, changes, principals, failed: failed.length });
    count('ChangesRead', changes);
    count('ChangesFailed', failed.length);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
