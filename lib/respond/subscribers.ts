import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { Publication } from './publish.ts';

/** Nobody would receive a message: it is not sent, and nothing counts as announced. */
export class NobodySubscribedError extends Error {
  override readonly name = 'NobodySubscribedError';

  constructor(topicArn: string) {
    super(`nobody has confirmed a subscription of ${topicArn}, so nothing was announced; it is tried again`);
  }
}

/**
 * Makes sure that the topic has a subscriber who has confirmed. SNS takes a message for a topic that nobody listens to,
 * and says nothing. Whether a subscription's own filter drops a message is not looked at.
 *
 * @throws NobodySubscribedError
 */
export async function assertSubscribed({ client, topicArn }: Omit<Publication, 'message'>): Promise<void> {
  const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
  if (Number(Attributes?.SubscriptionsConfirmed ?? 0) === 0) throw new NobodySubscribedError(topicArn);
}
