import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { aiServicesGuardrail } from '#handlers/setup/ai-services-guardrail.ts';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { loadExpectations } from '#handlers/setup/expectations.ts';
import { iam, managementAccount, newPace } from '#handlers/setup/iam.ts';
import { lists } from '#handlers/setup/outlet.ts';
import { pageAssets } from '#handlers/setup/page-assets.ts';
import { logger } from '#handlers/setup/powertools.ts';
import { PUBLISHING } from '#handlers/setup/publishing.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { type CheckNowAnswer, checkNow, readCheckNowRequest } from '#lib/respond/check-now.ts';

const environment = readEnvironment(
  z.object({ FINDINGS_TOPIC_ARN: variable.arn, HISTORY_TABLE: variable.name, ACCOUNT_ID: variable.name }),
);
const outlet = { client: new SNSClient(PUBLISHING), topicArn: environment.FINDINGS_TOPIC_ARN, lists };

const table = {
  client: new DynamoDBClient(REQUEST_LIMITS),
  name: environment.HISTORY_TABLE,
  accountId: environment.ACCOUNT_ID,
};

/** Milliseconds to be left for writing and telling what was found. */
const reserve = 120_000;

/** By hand: `{principals?, expectations?, notify?}` → the report, which is in the bucket as well. */
export const handler = async (event: unknown, context: Context): Promise<CheckNowAnswer> => {
  const request = readCheckNowRequest(event);
  const expectations = await loadExpectations(table, request.expectations);
  const report = await checkNow(request, {
    iam,
    outlet,
    expectations,
    pace: newPace(table),
    managementAccount,
    ...(await aiServicesGuardrail(table)),
    milliseconds: Math.max(0, context.getRemainingTimeInMillis() - reserve),
    assets: pageAssets,
    table,
    // S3's client stays outside of what every start loads.
    get: async (key) => (await import('#lib/respond/get-object.ts')).getObject(lists.name, key),
  });
  const { batch } = report;
  logger.info('checked', { batch, principals: report.principals.length, findings: report.findings.length });
  return report;
};
