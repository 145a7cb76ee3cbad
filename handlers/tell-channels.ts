import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { channelVariable } from '#handlers/setup/channel-variable.ts';
import { readEnvironment } from '#handlers/setup/environment.ts';
import { count, logger, withMetrics } from '#handlers/setup/powertools.ts';
import { type Tellers, tellChannel } from '#lib/respond/channels/tell.ts';

const environment = readEnvironment(
  z.object({ CHANNELS: channelVariable, CHAT_TOPIC_ARN: z.string(), EVENT_BUS_NAME: z.string() }),
);

/** Each channel's client is loaded when the channel is used. */
const tellersIn = (partition: string, region: string): Tellers => ({
  chat: async (notification) =>
    (await import('#handlers/setup/channels/chat.ts')).tell(environment.CHAT_TOPIC_ARN, notification),
  events: async (announcements) =>
    (await import('#handlers/setup/channels/events.ts')).tell(environment.EVENT_BUS_NAME, announcements),
  'security-hub': async (announcements) =>
    (await import('#handlers/setup/channels/security-hub.ts')).tell({ partition, region }, announcements),
});

/** Channel queue → chat, event bus, Security Hub. What a channel does not take comes again. */
export const handler = (event: SQSEvent, { invokedFunctionArn }: Context): Promise<SQSBatchResponse> =>
  withMetrics(async () => {
    const [, partition = '', , region = ''] = invokedFunctionArn.split(':');
    const tellers = tellersIn(partition, region);
    const failed: string[] = [];
    for (const { messageId, body } of event.Records) {
      try {
        const told = await tellChannel(body, environment.CHANNELS, tellers);
        logger.info('channel told', { messageId, told });
        count('ChannelsTold', told);
      } catch (error) {
        logger.error('channel not told', {
          messageId,
          error: error instanceof Error ? error : String(error),
        });
        failed.push(messageId);
      }
    }
    count('ChannelMessagesFailed', failed.length);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
