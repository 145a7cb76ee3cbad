import type { SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { describeSchemaError } from '#lib/errors.ts';
import { alarmMail } from '#lib/report/alarm-mail.ts';
import { publishEmail } from './publish.ts';

const state = z.object({ value: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']) });

/**
 * What CloudWatch hands to a function that is an alarm's action.
 *
 * Source: Amazon CloudWatch User Guide, "Invoke a Lambda function from an alarm".
 */
const alarmEvent = z.object({
  source: z.literal('aws.cloudwatch'),
  accountId: z.string(),
  region: z.string(),
  time: z.string(),
  alarmData: z.object({
    alarmName: z.string(),
    state: z.object({ ...state.shape, reason: z._default(z.string(), '') }),
    previousState: z.optional(state),
    configuration: z.optional(z.object({ description: z.optional(z.string()) })),
  }),
});

/** `told`: the message's id. `quiet`: nothing has ended, as after every deployment. */
export type AlarmOutcome = { readonly told: string } | { readonly quiet: true };

/**
 * Tells the topic that an alarm began, or that it ended.
 *
 * @throws {Error} for an event that is none of an alarm.
 * @throws {PublishError}
 */
export async function tellAlarm(
  event: unknown,
  topic: { readonly client: SNSClient; readonly topicArn: string },
): Promise<AlarmOutcome> {
  const parsed = alarmEvent.safeParse(event);
  if (!parsed.success) throw new Error(`not an event of an alarm: ${describeSchemaError(parsed.error)}`);
  const { accountId, region, time, alarmData } = parsed.data;
  const { alarmName: name, state, previousState, configuration } = alarmData;
  const ended = state.value === 'OK' && previousState?.value === 'ALARM';
  if (state.value !== 'ALARM' && !ended) return { quiet: true };
  const at = instantOf(time);
  const message = alarmMail(
    {
      name,
      state: state.value === 'ALARM' ? 'ALARM' : 'OK',
      description: configuration?.description ?? name,
      reason: state.reason,
      at,
    },
    { accountId, region, at },
  );
  return { told: await publishEmail({ ...topic, message }) };
}

/** CloudWatch writes `2026-11-29T12:36:15.490+0000`; Date reads offsets with a colon only. */
function instantOf(time: string): string {
  const instant = new Date(time.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (Number.isNaN(instant.getTime())) throw new Error(`not an event of an alarm: time: ${time} is no time`);
  return instant.toISOString();
}
