import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { loadExpectations } from '#handlers/setup/expectations.ts';
import { iam, managementAccount, newPace } from '#handlers/setup/iam.ts';
import { lists } from '#handlers/setup/outlet.ts';
import { logger } from '#handlers/setup/powertools.ts';
import { PUBLISHING } from '#handlers/setup/publishing.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { checkNow, readCheckNowRequest } from '#lib/respond/check-now.ts';

const environment = readEnvironment(
  z.object({ FINDINGS_TOPIC_ARN: variable.arn, HISTORY_TABLE: variable.name, ACCOUNT_ID: variable.name }),
);
const outlet = { client: new SNSClient(PUBLISHING), topicArn: environment.FINDINGS_TOPIC_ARN, lists };

const table = {
  client: new DynamoDBClient(REQUEST_LIMITS),
  name: environment.HISTORY_TABLE,
  accountId: environment.ACCOUNT_ID,
};

/** By hand: `{principals?, expectations?, notify?}` → the report. */
export const handler = async (event: unknown): ReturnType<typeof checkNow> => {
  const request = readCheckNowRequest(event);
  const expectations = await loadExpectations(table, request.expectations);
  const report = await checkNow(request, {
    iam,
    outlet,
    expectations,
    pace: newPace(table),
    managementAccount,
  });
  logger.info('checked', { principals: report.principals.length, findings: report.findings.length });
  return report;
};
