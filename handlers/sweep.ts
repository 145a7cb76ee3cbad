import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { besideSubjects } from '#handlers/setup/beside.ts';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { expectationsObject } from '#handlers/setup/expectations-object.ts';
import { newPace } from '#handlers/setup/iam.ts';
import { count, logger, withMetrics } from '#handlers/setup/powertools.ts';
import { PUBLISHING } from '#handlers/setup/publishing.ts';
import { readingSteps } from '#handlers/setup/readings.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { listRecords } from '#lib/outbox/store.ts';
import { type Adoption, adoptExpectations, readObjectNotice } from '#lib/respond/adopt-expectations.ts';
import { Readings } from '#lib/respond/readings.ts';
import { sendBatch } from '#lib/respond/send.ts';
import { type SweepOutcome, sweepAccount } from '#lib/respond/sweep.ts';

const environment = readEnvironment(
  z.object({
    CHECK_QUEUE_URL: variable.url,
    FINDINGS_TOPIC_ARN: variable.arn,
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
const outlet = { client: new SNSClient(PUBLISHING), topicArn: environment.FINDINGS_TOPIC_ARN };
const monday = 1;

/** Schedule, deployment, or new expectations in the bucket: look at those; everybody, and the managed policies → check queue. */
export const handler = (
  event: unknown,
  { awsRequestId }: Context,
): Promise<Partial<SweepOutcome> & { expectations: Adoption['outcome'] }> =>
  withMetrics(async () => {
    const now = new Date();
    const notice = readObjectNotice(event);
    const steps = { ...expectationsObject, table, outlet, now: () => now };
    const { outcome: expectations, holds, unheard, error } = await adoptExpectations(steps, notice);
    logger.info('expectations looked at', { expectations, holds, unheard });
    count('NobodySubscribed', unheard ? 1 : 0);
    const full = environment.WEEKLY_REPORT === 'yes' && now.getUTCDay() === monday;
    const reading = readingSteps(table, newPace(table));
    // Lambda tries again with the same id, and a sweep that is tried again is the same sweep.
    const outcome =
      notice !== undefined && !holds
        ? {}
        : await sweepAccount(`sweep-${awsRequestId}`, full ? 'weekly-report' : 'sweep', {
            readAccount: async (id) => (await new Readings().of(id, reading)).account,
            remembered: () => listRecords(table),
            send: (messages) => sendBatch(queue, messages),
            beside: besideSubjects,
          });
    logger.info('sweep begun', { ...outcome });
    // Nothing of it keeps the sweep from its work; Lambda tries again, and the alarm of failing functions says so.
    if (error !== undefined) throw error;
    return { expectations, ...outcome };
  });
