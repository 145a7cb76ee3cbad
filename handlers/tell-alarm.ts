import { SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { readEnvironment, variable } from '#handlers/setup/environment.ts';
import { logger } from '#handlers/setup/powertools.ts';
import { PUBLISHING } from '#handlers/setup/publishing.ts';
import { type AlarmOutcome, tellAlarm } from '#lib/respond/tell-alarm.ts';

const environment = readEnvironment(z.object({ FINDINGS_TOPIC_ARN: variable.arn }));
const topic = { client: new SNSClient(PUBLISHING), topicArn: environment.FINDINGS_TOPIC_ARN };

/** CloudWatch alarm → a message that filter policies let through. Lambda tries again where it fails. */
export async function handler(event: unknown): Promise<AlarmOutcome> {
  const outcome = await tellAlarm(event, topic);
  logger.info('alarm', { ...outcome });
  return outcome;
}
