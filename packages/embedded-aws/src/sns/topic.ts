import type { XmlValue } from '../wire/query-protocol.ts';
import type { Delivery, PublishedMessage } from './message.ts';
import type { Subscription } from './subscription.ts';

/** A topic, its subscriptions and its tags. */
export class Topic {
  readonly arn: string;
  /** A topic encrypted with a key of the account: publishers need the key as well. */
  readonly kmsKeyArn?: string;
  readonly subscriptions: Subscription[] = [];
  readonly attributes = new Map<string, string>();
  readonly tags = new Map<string, string>();

  constructor(arn: string, kmsKeyArn?: string) {
    this.arn = arn;
    if (kmsKeyArn !== undefined) this.kmsKeyArn = kmsKeyArn;
  }

  /** What GetTopicAttributes answers. */
  described(accountId: string): XmlValue {
    const attributes = new Map([
      ['TopicArn', this.arn],
      ['Owner', accountId],
      ...this.attributes,
      ['SubscriptionsConfirmed', String(this.subscriptions.filter((one) => one.confirmed).length)],
      ['SubscriptionsPending', String(this.subscriptions.filter((one) => !one.confirmed).length)],
      ['SubscriptionsDeleted', '0'],
    ]);
    if (this.kmsKeyArn !== undefined) attributes.set('KmsMasterKeyId', this.kmsKeyArn);
    return { Attributes: attributes };
  }

  /** The subscription of an endpoint, made where there is none yet. */
  subscribe(protocol: string, endpoint: string, make: () => Subscription): Subscription {
    const known = this.subscriptions.find((one) => one.protocol === protocol && one.endpoint === endpoint);
    if (known !== undefined) return known;
    const made = make();
    this.subscriptions.push(made);
    return made;
  }

  /** Where a message goes: to the confirmed subscriptions whose filter policies take it. */
  deliveries(
    { byProtocol, attributes }: PublishedMessage,
    reaches: (endpoint: string) => boolean,
  ): Delivery[] {
    return this.subscriptions.flatMap((subscription) => {
      const { protocol, endpoint } = subscription;
      const text = byProtocol[protocol] ?? byProtocol.default ?? '';
      if (!subscription.takes(text, attributes)) return [];
      return [{ protocol, endpoint, text, ...(!reaches(endpoint) && { failed: true as const }) }];
    });
  }
}
