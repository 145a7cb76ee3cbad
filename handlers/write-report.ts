import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { aiServicesGuardrail } from '#handlers/setup/ai-services-guardrail.ts';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { loadExpectations } from '#handlers/setup/expectations.ts';
import { managementAccount, newPace } from '#handlers/setup/iam.ts';
import { lists } from '#handlers/setup/outlet.ts';
import { pageAssets } from '#handlers/setup/page-assets.ts';
import { count, logger, withMetrics } from '#handlers/setup/powertools.ts';
import { readingSteps } from '#handlers/setup/readings.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { getObject } from '#lib/respond/get-object.ts';
import { Readings } from '#lib/respond/readings.ts';
import { parseReportMessage } from '#lib/respond/report-message.ts';
import { writeSweepReport } from '#lib/respond/sweep-report.ts';

const environment = readEnvironment(z.object({ ACCOUNT_ID: variable.name, HISTORY_TABLE: variable.name }));
const table = {
  client: new DynamoDBClient(REQUEST_LIMITS),
  name: environment.HISTORY_TABLE,
  accountId: environment.ACCOUNT_ID,
};
const bucket = { ...lists, get: (key: string) => getObject(lists.name, key) };

/** Report queue: a sweep that is complete → its report as page and as JSON, in the bucket. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  withMetrics(async () => {
    const failed: string[] = [];
    for (const { messageId, body } of event.Records) {
      try {
        const reading = readingSteps(table, newPace(table));
        const { principals, findings } = await writeSweepReport(parseReportMessage(body), {
          readAccount: async (id) => (await new Readings().of(id, reading)).account,
          expectations: await loadExpectations(table),
          guardrails: {
            ...(managementAccount !== undefined && { managementAccount }),
            ...(await aiServicesGuardrail(table)),
          },
          table,
          bucket,
          assets: pageAssets,
        });
        logger.info('report written', { principals: principals.length, findings: findings.length });
        count('ReportsWritten');
      } catch (error) {
        logger.error('report not written', {
          messageId,
          error: error instanceof Error ? error : String(error),
        });
        failed.push(messageId);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
