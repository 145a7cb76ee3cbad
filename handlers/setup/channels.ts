import * as z from 'zod/mini';
import type { TellChannels } from '#lib/respond/channels/queue.ts';
import { channelVariable } from './channel-variable.ts';
import { readEnvironment } from './environment.ts';

const environment = readEnvironment(z.object({ CHANNELS: channelVariable, CHANNEL_QUEUE_URL: z.string() }));

/** Has the channels tell; what that takes is loaded when there are any. */
export const tellChannels: TellChannels = async (principals, context) => {
  const { CHANNELS: on, CHANNEL_QUEUE_URL: url } = environment;
  if (on.length === 0) return;
  const { send } = await import('./channels/queue.ts');
  await send(url, on, principals, context);
};
