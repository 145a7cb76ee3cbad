import type { PrincipalAlerts } from '#lib/report/alert.ts';
import type { AnnouncementContext } from '#lib/report/channels/announcement.ts';
import { type CheckQueue, sendMessages } from '../send.ts';
import { channelMessages } from './messages.ts';
import type { Channel } from './names.ts';

/**
 * Has the channels tell of these principals what a message to the topic tells. To be called before that message is
 * published: what is sent twice because that failed has the same id.
 */
export type TellChannels = (
  principals: readonly PrincipalAlerts[],
  context: AnnouncementContext,
) => Promise<void>;

/** Sends what the channels are to tell to the queue that leads to them. */
export const sendToChannels = (
  queue: CheckQueue,
  channels: readonly Channel[],
  principals: readonly PrincipalAlerts[],
  context: AnnouncementContext,
): Promise<void> => sendMessages(queue, channelMessages(channels, principals, context));
