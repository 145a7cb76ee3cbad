import type { Announcement } from '#lib/report/channels/announcement.ts';
import type { ChatNotification } from '#lib/report/channels/chat.ts';
import { parseChannelMessage } from './messages.ts';
import type { Channel } from './names.ts';

/** How each channel is told. Each throws where the channel does not take all of it. */
export interface Tellers {
  readonly chat: (notification: ChatNotification) => Promise<void>;
  readonly events: (announcements: readonly Announcement[]) => Promise<void>;
  readonly 'security-hub': (announcements: readonly Announcement[]) => Promise<void>;
}

/**
 * Tells what a message of the channel queue says. What is for a channel that has been turned off since is left.
 *
 * @returns how many things were told
 * @throws Error where the channel did not take all of it: the message is to come again
 */
export async function tellChannel(body: string, on: readonly Channel[], tellers: Tellers): Promise<number> {
  const message = parseChannelMessage(body);
  if (!on.includes(message.channel)) return 0;
  if (message.channel === 'chat') {
    await tellers.chat(message.notification);
    return 1;
  }
  await tellers[message.channel](message.announcements);
  return message.announcements.length;
}
