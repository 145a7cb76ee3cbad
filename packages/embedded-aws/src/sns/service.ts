import { authorizeOnResource, isResourcePolicy } from '../authorization/resource-policy.ts';
import { AwsError, type LocalRequest, type LocalService } from '../types.ts';
import { QueryParams, queryResponse, type XmlValue } from '../wire/query-protocol.ts';
import type { World } from '../world.ts';
import { invalid, readMessage, type SnsMessage } from './message.ts';
import { Subscription } from './subscription.ts';
import { Topic } from './topic.ts';

const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** SNS of the embedded AWS: topics and messages are kept in memory. */
export class Sns implements LocalService {
  readonly signingNames = ['sns'];
  readonly protocol = 'query';
  readonly #world: World;
  readonly #topics = new Map<string, Topic>();
  readonly #messages: SnsMessage[] = [];
  /**
   * Whether subscriptions with that protocol are confirmed at once. In AWS those by e-mail never are; here they are, unless
   * a test says otherwise, as nothing leaves this process.
   */
  confirms: (protocol: string) => boolean = () => true;
  /** Whether messages reach an endpoint. */
  reaches: (endpoint: string) => boolean = () => true;

  constructor(world: World) {
    this.#world = world;
  }

  /** Every message published so far, oldest first. */
  messages(): readonly SnsMessage[] {
    return this.#messages;
  }

  /** Makes a topic as the stack's deployment does; answers its ARN. @throws AwsError InvalidParameter. */
  addTopic(name: string, kmsKeyArn?: string, policy?: string): string {
    const arn = `arn:${this.#world.partition}:sns:${this.#world.region}:${this.#world.accountId}:${name}`;
    if (!this.#topics.has(arn)) {
      const topic = new Topic(arn, kmsKeyArn);
      if (policy !== undefined) setAttribute(topic, 'Policy', policy);
      this.#topics.set(arn, topic);
    }
    return arn;
  }

  async handle(request: LocalRequest) {
    const params = QueryParams.parse(request.body.toString('utf8'));
    return queryResponse(namespace, request.operation, this.#operate(params, request), request.requestId);
  }

  #operate(params: QueryParams, request: LocalRequest): XmlValue {
    switch (request.operation) {
      case 'CreateTopic':
        return this.#create(params, request);
      case 'DeleteTopic':
        request.authorize('sns:DeleteTopic', required(params, 'TopicArn'));
        this.#topics.delete(required(params, 'TopicArn'));
        return undefined;
      case 'ListTopics':
        request.authorize('sns:ListTopics', '*');
        return { Topics: [...this.#topics.keys()].map((TopicArn) => ({ TopicArn })) };
      case 'GetTopicAttributes':
        return this.#topic(params, request).described(this.#world.accountId);
      case 'Subscribe':
        return this.#subscribe(params, request);
      case 'ListSubscriptions':
        request.authorize('sns:ListSubscriptions', '*');
        return { Subscriptions: [...this.#topics.values()].flatMap((topic) => this.#subscriptions(topic)) };
      case 'ListSubscriptionsByTopic':
        return { Subscriptions: this.#subscriptions(this.#topic(params, request)) };
      case 'ConfirmSubscription':
        return this.#confirm(params, request);
      case 'GetSubscriptionAttributes': {
        const { subscription } = this.#subscription(params, request);
        return { Attributes: subscription.described(this.#world.accountId) };
      }
      case 'SetSubscriptionAttributes': {
        const { subscription } = this.#subscription(params, request);
        subscription.set(required(params, 'AttributeName'), params.get('AttributeValue') ?? '');
        return undefined;
      }
      case 'Unsubscribe': {
        const { topic, subscription } = this.#subscription(params, request);
        topic.subscriptions.splice(topic.subscriptions.indexOf(subscription), 1);
        return undefined;
      }
      case 'SetTopicAttributes': {
        const topic = this.#topic(params, request);
        setAttribute(topic, required(params, 'AttributeName'), params.get('AttributeValue') ?? '');
        return undefined;
      }
      case 'TagResource':
      case 'UntagResource':
      case 'ListTagsForResource':
        return this.#tags(params, request);
      case 'Publish':
        return this.#publish(params, request);
      default:
        throw new AwsError(
          'InvalidAction',
          `The action ${request.operation} is not valid for this endpoint.`,
          400,
        );
    }
  }

  #tags(params: QueryParams, request: LocalRequest): XmlValue {
    const arn = required(params, 'ResourceArn');
    request.authorize(`sns:${request.operation}`, arn);
    const topic = this.#topics.get(arn);
    if (topic === undefined) throw new AwsError('ResourceNotFound', 'Resource does not exist', 404);
    const { tags } = topic;
    for (const tag of params.structs('Tags')) tags.set(tag.get('Key') ?? '', tag.get('Value') ?? '');
    for (const key of params.list('TagKeys') ?? []) tags.delete(key);
    if (request.operation !== 'ListTagsForResource') return {};
    return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
  }

  /** The token that the confirmation of a subscription is sent with. */
  confirmationToken(endpoint: string): string | undefined {
    const all = [...this.#topics.values()].flatMap(({ subscriptions }) => subscriptions);
    return all.find((one) => one.endpoint === endpoint && !one.confirmed)?.token;
  }

  #create(params: QueryParams, request: LocalRequest): XmlValue {
    const name = required(params, 'Name');
    if (!/^[\w-]{1,256}$/.test(name)) throw invalid('Topic Name');
    const attributes = new Map(
      params
        .structs('Attributes', 'entry')
        .map((entry) => [entry.get('key') ?? '', entry.get('value') ?? '']),
    );
    const { partition, region, accountId } = this.#world;
    request.authorize('sns:CreateTopic', `arn:${partition}:sns:${region}:${accountId}:${name}`);
    const arn = this.addTopic(name, attributes.get('KmsMasterKeyId'));
    const topic = this.#topics.get(arn);
    for (const [key, value] of attributes) if (topic) setAttribute(topic, key, value);
    for (const tag of params.structs('Tags')) topic?.tags.set(tag.get('Key') ?? '', tag.get('Value') ?? '');
    return { TopicArn: arn };
  }

  #subscribe(params: QueryParams, request: LocalRequest): XmlValue {
    const topic = this.#topic(params, request);
    const protocol = required(params, 'Protocol');
    const endpoint = required(params, 'Endpoint');
    const shown = ({ arn, confirmed }: Subscription) =>
      confirmed || params.boolean('ReturnSubscriptionArn') ? arn : 'pending confirmation';
    const subscription = topic.subscribe(protocol, endpoint, () => {
      const made = new Subscription(topic.arn, protocol, endpoint, this.confirms(protocol));
      for (const entry of params.structs('Attributes', 'entry')) {
        made.set(entry.get('key') ?? '', entry.get('value') ?? '');
      }
      return made;
    });
    return { SubscriptionArn: shown(subscription) };
  }

  /** What the person who gets the confirmation's e-mail does. @throws AwsError InvalidParameter. */
  #confirm(params: QueryParams, request: LocalRequest): XmlValue {
    const topic = this.#topic(params, request);
    const token = required(params, 'Token');
    const subscription = topic.subscriptions.find((one) => one.token === token);
    if (subscription === undefined) throw invalid('Token');
    subscription.confirmed = true;
    return { SubscriptionArn: subscription.arn };
  }

  /** The subscription that the request names, once the caller may do the operation on its topic. */
  #subscription(params: QueryParams, request: LocalRequest): { topic: Topic; subscription: Subscription } {
    const arn = required(params, 'SubscriptionArn');
    if (!/^arn:[^:]+:sns:[^:]*:\d{12}:[^:]+:[^:]+$/.test(arn)) {
      throw invalid('SubscriptionArn Reason: An ARN must have at least 6 elements, not 1');
    }
    const topicArn = arn.slice(0, arn.lastIndexOf(':'));
    request.authorize(`sns:${request.operation}`, topicArn);
    const topic = this.#topics.get(topicArn);
    const subscription = topic?.subscriptions.find((one) => one.arn === arn);
    if (topic === undefined || subscription === undefined) {
      throw new AwsError('NotFound', 'Subscription does not exist', 404);
    }
    return { topic, subscription };
  }

  #subscriptions(topic: Topic): XmlValue[] {
    return topic.subscriptions.map((subscription) => subscription.listed(this.#world.accountId));
  }

  /** The topic that the request names, once the caller may do the operation on it. */
  #topic(params: QueryParams, request: LocalRequest): Topic {
    const arn = params.get('TopicArn') ?? required(params, 'TargetArn');
    const topic = this.#topics.get(arn);
    const policy = topic?.attributes.get('Policy');
    authorizeOnResource(this.#world, request, `sns:${request.operation}`, arn, policy);
    if (!topic) throw new AwsError('NotFound', 'Topic does not exist', 404);
    return topic;
  }

  #publish(params: QueryParams, request: LocalRequest): XmlValue {
    const topic = this.#topic(params, request);
    const published = readMessage(params);
    this.#useKey(topic, request);
    this.#messages.push({
      ...published,
      messageId: request.requestId,
      topicArn: topic.arn,
      deliveries: topic.deliveries(published, this.reaches),
      publisher: request.caller.arn,
      time: request.time,
    });
    return { MessageId: request.requestId };
  }

  /** Publishing to an encrypted topic takes kms:GenerateDataKey and kms:Decrypt on its key. */
  #useKey(topic: Topic, request: LocalRequest): void {
    if (topic.kmsKeyArn === undefined) return;
    try {
      for (const action of ['kms:GenerateDataKey', 'kms:Decrypt']) {
        request.authorize(action, topic.kmsKeyArn, {
          'kms:ViaService': `sns.${this.#world.region}.amazonaws.com`,
        });
      }
    } catch (error) {
      if (error instanceof AwsError) throw new AwsError('KMSAccessDenied', error.message, 400);
      throw error;
    }
  }
}

function setAttribute({ attributes }: Topic, name: string, value: string): void {
  if (name === 'Policy' && !isResourcePolicy(value)) throw invalid('Policy Error: null');
  attributes.set(name, value);
}

function required(params: QueryParams, name: string): string {
  const value = params.get(name);
  if (value === undefined || value === '') throw invalid(`${name} Reason: no value for required parameter`);
  return value;
}
