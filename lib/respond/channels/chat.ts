import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { ChatNotification } from '#lib/report/channels/chat.ts';
import { safeJson } from '#lib/words/escape.ts';
import { assertSubscribed } from '../subscribers.ts';

/**
 * Publishes a notification to the topic that a chat listens to. SNS takes a message that nobody receives and says nothing,
 * so that somebody must have subscribed.
 *
 * @throws NobodySubscribedError, and what SNS throws
 */
export async function tellChat(
  client: SNSClient,
  topicArn: string,
  notification: ChatNotification,
): Promise<void> {
  await assertSubscribed({ client, topicArn });
  await client.send(new PublishCommand({ TopicArn: topicArn, Message: safeJson(notification) }));
}
