import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  type SNSClient,
} from '@aws-sdk/client-sns';
import type { Mail } from '#lib/report/mail-content.ts';
import { letsThrough } from './filter-policy.ts';

/** Nobody would receive a message: it is not sent, and nothing counts as announced. */
export class NobodySubscribedError extends Error {
  override readonly name = 'NobodySubscribedError';

  constructor(topicArn: string, filtered: number) {
    const reason =
      filtered === 0
        ? `nobody has confirmed a subscription of ${topicArn}`
        : `the filter policies of all ${filtered} confirmed subscriptions of ${topicArn} drop the message`;
    super(`${reason}, so nothing was announced; it is tried again`);
  }
}

/**
 * Makes sure that the topic has a subscriber who has confirmed and whose own filter lets the message through. SNS takes
 * a message for a topic that nobody listens to, and says nothing.
 *
 * @throws NobodySubscribedError
 */
export async function assertHeard(
  { client, topicArn }: { readonly client: SNSClient; readonly topicArn: string },
  message: Mail,
): Promise<void> {
  let filtered = 0;
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
    for (const { SubscriptionArn: arn = '' } of page.Subscriptions ?? []) {
      // `PendingConfirmation`, `Deleted`
      if (!arn.startsWith('arn:')) continue;
      const filter = await filterOf(client, arn);
      if (filter === undefined) continue;
      if (filter.policy === '' || letsThrough(filter.policy, filter.scope, message)) return;
      filtered += 1;
    }
  }
  throw new NobodySubscribedError(topicArn, filtered);
}

interface Filter {
  readonly policy: string;
  readonly scope: string;
}

/** What a subscription lets through; `undefined`: it is not confirmed, or was deleted meanwhile. */
async function filterOf(client: SNSClient, arn: string): Promise<Filter | undefined> {
  try {
    const { Attributes: attributes = {} } = await client.send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }),
    );
    if (attributes.PendingConfirmation === 'true') return undefined;
    return { policy: attributes.FilterPolicy ?? '', scope: attributes.FilterPolicyScope ?? '' };
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundException') return undefined;
    throw error;
  }
}
