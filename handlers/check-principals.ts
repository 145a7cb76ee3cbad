import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { besideSubjects } from '#handlers/setup/beside.ts';
import { tellChannels } from '#handlers/setup/channels.ts';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { loadExpectations } from '#handlers/setup/expectations.ts';
import { iam, managementAccount, newPace } from '#handlers/setup/iam.ts';
import { takeMessages } from '#handlers/setup/messages.ts';
import { lists } from '#handlers/setup/outlet.ts';
import { count, logger, publishMetrics, withMetrics } from '#handlers/setup/powertools.ts';
import { PUBLISHING } from '#handlers/setup/publishing.ts';
import { readBeside } from '#handlers/setup/read-beside.ts';
import { readingSteps } from '#handlers/setup/readings.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { answerMessage } from '#lib/respond/answer-message.ts';
import { PreparedChecks } from '#lib/respond/prepared-checks.ts';
import { Readings } from '#lib/respond/readings.ts';

const environment = readEnvironment(
  z.object({
    FINDINGS_TOPIC_ARN: variable.arn,
    CHECK_QUEUE_URL: variable.url,
    REPORT_QUEUE_URL: variable.url,
    ACCOUNT_ID: variable.name,
    HISTORY_TABLE: variable.name,
    REMINDER_DAYS: variable.count,
    ACCESS_LOG_DAYS: variable.count,
    ANNOUNCE_LOSSES: z.enum(['yes', 'no']),
  }),
);
const sqs = new SQSClient(REQUEST_LIMITS);
const table = {
  client: new DynamoDBClient(REQUEST_LIMITS),
  name: environment.HISTORY_TABLE,
  accountId: environment.ACCOUNT_ID,
};
const stack = {
  iam,
  readBeside: (pace: Paced) => readBeside(pace, table),
  besideSubjects,
  managementAccount,
  outlet: {
    client: new SNSClient(PUBLISHING),
    topicArn: environment.FINDINGS_TOPIC_ARN,
    lists,
    tellChannels,
  },
  queue: { client: sqs, url: environment.CHECK_QUEUE_URL },
  reportQueue: { client: sqs, url: environment.REPORT_QUEUE_URL },
  table,
  reminderDays: environment.REMINDER_DAYS,
  accessLogDays: environment.ACCESS_LOG_DAYS,
  losses: environment.ANNOUNCE_LOSSES === 'yes',
  // What is known of the account outlives a message: the others of a batch need it too.
  readings: new Readings(),
  prepared: new PreparedChecks(),
};
/** Written at once: who dies after it completes the sweep again, and who dies before it has not. */
const sweepCompleted = () => {
  count('SweepCompleted');
  publishMetrics();
};
/** Milliseconds that a principal, and announcing what was found, may need. */
const reserve = 60_000;

/** Check queue: check → remember → announce. */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  withMetrics(() => takeMessages(stack.queue, event.Records, () => answer(event, context)));

async function answer(event: SQSEvent, context: Context): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { messageId, body } of event.Records) {
    try {
      const pace = newPace(stack.table);
      const outcome = await answerMessage(body, {
        ...stack,
        reading: readingSteps(stack.table, pace),
        expectations: await loadExpectations(stack.table),
        pace,
        id: randomUUID(),
        hasTime: () => context.getRemainingTimeInMillis() > reserve,
        until: performance.now() + context.getRemainingTimeInMillis() - reserve / 2,
        sweepCompleted,
        now: () => new Date(),
      });
      logger.info('message answered', { messageId, ...outcome });
      count('PrincipalsChecked', outcome.checked);
      count('PrincipalsAnnounced', outcome.announced);
      count('NobodySubscribed', outcome.unheard ? 1 : 0);
    } catch (error) {
      logger.error('message failed', { messageId, error: error instanceof Error ? error : String(error) });
      failed.push(messageId);
    }
  }
  count('MessagesFailed', failed.length);
  return failed;
}
