import { GetTopicAttributesCommand, PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { ChatNotification } from '#lib/report/channels/chat.ts';
import { safeJson } from '#lib/words/escape.ts';
import { NobodySubscribedError } from '../subscribers.ts';

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
  const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
  if (Number(Attributes?.SubscriptionsConfirmed ?? 0) === 0) throw new NobodySubscribedError(topicArn, 0);
  await client.send(new PublishCommand({ TopicArn: topicArn, Message: safeJson(notification) }));
}
