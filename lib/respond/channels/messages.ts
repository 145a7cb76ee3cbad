import * as z from 'zod/mini';
import { describeSchemaError } from '#lib/errors.ts';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import {
  type Announcement,
  type AnnouncementContext,
  announcementSchema,
  announcementsOf,
} from '#lib/report/channels/announcement.ts';
import { chatNotifications, chatSchema } from '#lib/report/channels/chat.ts';
import type { Channel } from './names.ts';

const messageSchema = z.discriminatedUnion('channel', [
  z.object({ channel: z.literal('chat'), notification: chatSchema }),
  z.object({ channel: z.literal('events'), announcements: z.array(announcementSchema) }),
  z.object({ channel: z.literal('security-hub'), announcements: z.array(announcementSchema) }),
]);

/** What the channel queue holds: as much as one call of one channel takes, so that each fails and is repeated alone. */
export type ChannelMessage = z.infer<typeof messageSchema>;

/** PutEvents takes ten entries and 1 MiB, BatchImportFindings a hundred findings and 6 MB. */
const batchOf: Readonly<Record<Exclude<Channel, 'chat'>, number>> = { events: 10, 'security-hub': 100 };
/** So that ten events fit into a call, and a message into the queue. */
const batchBytes = 200_000;

/** What the channels in use are to be told of these principals. */
export function channelMessages(
  wanted: readonly Channel[],
  principals: readonly PrincipalAlerts[],
  context: AnnouncementContext,
): readonly ChannelMessage[] {
  const announcements = announcementsOf(principals, context);
  return wanted.flatMap((channel): ChannelMessage[] => {
    if (channel === 'chat')
      return chatNotifications(principals, context).map((notification) => ({ channel, notification }));
    return batches(announcements, batchOf[channel]).map((some) => ({ channel, announcements: some }));
  });
}

function batches(announcements: readonly Announcement[], count: number): Announcement[][] {
  const result: Announcement[][] = [];
  let bytes = 0;
  for (const one of announcements) {
    const size = Buffer.byteLength(JSON.stringify(one));
    const last = result.at(-1);
    if (last === undefined || last.length === count || bytes + size > batchBytes) {
      result.push([one]);
      bytes = size;
    } else {
      last.push(one);
      bytes += size;
    }
  }
  return result;
}

/** Reads a message of the channel queue. @throws {Error} when it is not one. */
export function parseChannelMessage(body: string): ChannelMessage {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error('a message of the channel queue is not JSON');
  }
  const { success, data, error } = z.safeParse(messageSchema, value);
  if (success) return data;
  throw new Error(
    `a message of the channel queue is not understood: ${describeSchemaError(error, 'message')}`,
  );
}
