import { randomUUID } from 'node:crypto';
import { EventPatternError, type Json } from '../events/json.ts';
import { compilePattern, type EventPattern } from '../events/pattern.ts';
import type { XmlValue } from '../wire/query-protocol.ts';
import { invalid, type SnsAttribute } from './message.ts';

/** Attributes of a subscription that somebody sets. */
const settable = [
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
  'DeliveryPolicy',
];

/** Who gets the messages of a topic, once confirmed, and which of them. */
export class Subscription {
  readonly topicArn: string;
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** What the endpoint is sent, to confirm with. */
  readonly token = `${randomUUID()}${randomUUID()}`.replaceAll('-', '');
  confirmed: boolean;
  readonly #attributes = new Map<string, string>();
  #filter: EventPattern | undefined;

  constructor(topicArn: string, protocol: string, endpoint: string, confirmed: boolean) {
    this.topicArn = topicArn;
    this.arn = `${topicArn}:${randomUUID()}`;
    this.protocol = protocol;
    this.endpoint = endpoint;
    this.confirmed = confirmed;
  }

  /** @throws AwsError InvalidParameter for an unknown attribute, or a filter policy that SNS refuses. */
  set(name: string, value: string): void {
    if (!settable.includes(name)) throw invalid('AttributeName');
    if (name === 'FilterPolicy') this.#filter = value === '' || value === '{}' ? undefined : compile(value);
    if (name === 'FilterPolicyScope' && value !== 'MessageAttributes' && value !== 'MessageBody') {
      throw invalid('FilterPolicyScope: Invalid value');
    }
    if (value === '') this.#attributes.delete(name);
    else this.#attributes.set(name, value);
  }

  /** Whether a message is for it: it is confirmed, and its filter policy lets the message through. */
  takes(text: string, attributes: Readonly<Record<string, SnsAttribute>>): boolean {
    if (!this.confirmed) return false;
    if (this.#filter === undefined) return true;
    const inBody = this.#attributes.get('FilterPolicyScope') === 'MessageBody';
    return this.#filter(inBody ? bodyOf(text) : valuesOf(attributes));
  }

  /** As ListSubscriptionsByTopic shows it: nobody is told the ARN of one that is not confirmed. */
  listed(owner: string): XmlValue {
    return {
      SubscriptionArn: this.confirmed ? this.arn : 'PendingConfirmation',
      Owner: owner,
      Protocol: this.protocol,
      Endpoint: this.endpoint,
      TopicArn: this.topicArn,
    };
  }

  /** As GetSubscriptionAttributes shows it. */
  described(owner: string): ReadonlyMap<string, string> {
    const filtered = this.#attributes.has('FilterPolicy');
    return new Map([
      ['SubscriptionArn', this.arn],
      ['TopicArn', this.topicArn],
      ['Owner', owner],
      ['Protocol', this.protocol],
      ['Endpoint', this.endpoint],
      ['PendingConfirmation', String(!this.confirmed)],
      ['ConfirmationWasAuthenticated', 'false'],
      ['RawMessageDelivery', 'false'],
      ...(filtered ? ([['FilterPolicyScope', 'MessageAttributes']] as const) : []),
      ...this.#attributes,
    ]);
  }
}

function compile(policy: string): EventPattern {
  try {
    return compilePattern(JSON.parse(policy));
  } catch (error) {
    const reason = error instanceof EventPatternError ? error.message : 'failed to parse JSON';
    throw invalid(`FilterPolicy: ${reason}`);
  }
}

function bodyOf(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const valuesOf = (attributes: Readonly<Record<string, SnsAttribute>>): Json =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { type, value }]): [string, Json] => {
      if (type.startsWith('String.Array')) return [name, bodyOf(value)];
      return [name, type.startsWith('Number') ? Number(value) : value];
    }),
  );
