import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { expectationsText } from '#handlers/setup/expectations.ts';
import { iam, managementAccount, newPace } from '#handlers/setup/iam.ts';
import { lists } from '#handlers/setup/outlet.ts';
import { count, logger, withMetrics } from '#handlers/setup/powertools.ts';
import { PUBLISHING } from '#handlers/setup/publishing.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import { guardedSimulation } from '#lib/respond/guarded-simulation.ts';
import { putObject } from '#lib/respond/put-object.ts';
import { type EvidenceOutcome, writeEvidence } from '#lib/respond/write-evidence.ts';

const environment = readEnvironment(
  z.object({
    ACCOUNT_ID: variable.name,
    AWS_REGION: variable.name,
    EVIDENCE_BUCKET: variable.name,
    FINDINGS_TOPIC_ARN: variable.arn,
    HISTORY_TABLE: variable.name,
  }),
);
const table = {
  client: new DynamoDBClient(REQUEST_LIMITS),
  name: environment.HISTORY_TABLE,
  accountId: environment.ACCOUNT_ID,
};
const outlet = { client: new SNSClient(PUBLISHING), topicArn: environment.FINDINGS_TOPIC_ARN, lists };
const bucket = {
  name: environment.EVIDENCE_BUCKET,
  put: (key: string, text: string) =>
    putObject(environment.EVIDENCE_BUCKET, key, text, 'text/plain; charset=utf-8'),
};
/** Milliseconds to be left for proving what was found and writing it. */
const reserve = 300_000;

/** Schedule: the account as it is, checked → the files that prove it, in the bucket of evidence. */
export const handler = (_event: unknown, context: Context): Promise<EvidenceOutcome> =>
  withMetrics(async () => {
    const pace = newPace(table);
    const account = await accountFromIam(iam, { pace });
    const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - reserve));
    const outcome = await writeEvidence(context.awsRequestId, {
      account,
      expectations: await expectationsText(table),
      region: environment.AWS_REGION,
      ...guardedSimulation(account.accountId, { iam, pace, managementAccount, signal }),
      bucket,
      outlet,
      now: () => new Date(),
    });
    logger.info('evidence written', { ...outcome });
    count('EvidenceWritten');
    count('NobodySubscribed', outcome.unheard ? 1 : 0);
    return outcome;
  });
