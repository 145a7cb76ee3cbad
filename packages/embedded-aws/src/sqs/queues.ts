import { decideForService, isResourcePolicy } from '../authorization/resource-policy.ts';
import type { Timers } from '../timers.ts';
import { AwsError } from '../types.ts';
import type { World } from '../world.ts';
import { defaultAttributes, parseRedrivePolicy, Queue, type QueueSurroundings } from './queue.ts';

/** Attributes that CreateQueue and SetQueueAttributes take, and the range of those that are numbers. */
const settable: Readonly<Record<string, readonly [number, number] | 'text'>> = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
  KmsMasterKeyId: 'text',
  SqsManagedSseEnabled: 'text',
  Policy: 'text',
  RedrivePolicy: 'text',
  RedriveAllowPolicy: 'text',
};

/** The queues of the account. */
export class Queues {
  readonly #world: World;
  readonly #byName = new Map<string, Queue>();
  readonly #around: QueueSurroundings;

  /** `pace`: factor on delays, 1 as in AWS. */
  constructor(world: World, timers: Timers, pace = 1) {
    this.#world = world;
    this.#around = { timers, clock: world.clock, pace, find: (arn) => this.find(arn) };
  }

  arnOf(name: string): string {
    return `arn:${this.#world.partition}:sqs:${this.#world.region}:${this.#world.accountId}:${name}`;
  }

  /**
   * Makes a queue, or answers the one that exists with the same attributes.
   *
   * @throws AwsError QueueNameExists, InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue.
   */
  create(name: string, attributes: Readonly<Record<string, string>> = {}): Queue {
    if (name.endsWith('.fifo') || attributes.FifoQueue !== undefined) {
      throw new AwsError('InvalidParameterValue', 'The embedded AWS has no FIFO queues.');
    }
    if (!/^[\w-]{1,80}$/.test(name)) {
      throw new AwsError(
        'InvalidParameterValue',
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      );
    }
    this.#check(attributes);
    const existing = this.#byName.get(name);
    if (existing !== undefined) {
      const same = Object.entries(attributes).every(
        ([key, value]) => (existing.attributes[key] ?? '') === value,
      );
      if (same) return existing;
      throw new AwsError(
        'QueueNameExists',
        'A queue already exists with the same name and a different value for an attribute',
      );
    }
    const queue = new Queue(name, this.arnOf(name), attributes, this.#around);
    this.#byName.set(name, queue);
    return queue;
  }

  setAttributes(queue: Queue, attributes: Readonly<Record<string, string>>): void {
    this.#check(attributes);
    queue.setAttributes(attributes);
  }

  remove(queue: Queue): void {
    this.#byName.delete(queue.name);
  }

  byName(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  find(arn: string): Queue | undefined {
    return this.all().find((queue) => queue.arn === arn);
  }

  /** @throws AwsError QueueDoesNotExist. */
  get(arn: string): Queue {
    const queue = this.find(arn);
    if (queue === undefined) throw noSuchQueue();
    return queue;
  }

  all(): Queue[] {
    return [...this.#byName.values()];
  }

  /**
   * Sends as an AWS service does, which only the queue's own policy can allow.
   *
   * @throws AwsError AccessDenied, QueueDoesNotExist.
   */
  sendAsService(service: string, queueArn: string, sourceArn: string, body: string): void {
    const queue = this.get(queueArn);
    const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': this.#world.accountId };
    const request = { action: 'sqs:SendMessage', resource: queueArn, context };
    if (decideForService(queue.attributes.Policy, service, request) !== 'allowed') {
      throw new AwsError(
        'AccessDenied',
        `the policy of ${queueArn} does not let ${service} send for ${sourceArn}`,
        403,
      );
    }
    queue.send({ body, senderId: service });
  }

  #check(attributes: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(attributes)) {
      const range = settable[name];
      if (range === undefined) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
      const number = Number(value);
      const fits =
        range === 'text' ||
        (value !== '' && Number.isInteger(number) && number >= range[0] && number <= range[1]);
      if (!fits) throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    }
    const { Policy: policy = '', RedrivePolicy: redrive } = attributes;
    if (policy !== '' && !isResourcePolicy(policy)) {
      throw new AwsError('InvalidAttributeValue', 'Invalid value for the parameter Policy.');
    }
    if (redrive !== undefined && redrive !== '') {
      const { arn } = parseRedrivePolicy(redrive);
      if (this.find(arn) === undefined) {
        throw new AwsError(
          'InvalidParameterValue',
          `Value ${redrive} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
        );
      }
    }
  }
}

/** What GetQueueAttributes can be asked for besides what can be set. */
const shownOnly = [
  'All',
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
];

/** @throws AwsError InvalidAttributeName. */
export function checkAttributeNames(names: readonly string[]): void {
  const unknown = names.find((name) => !Object.hasOwn(settable, name) && !shownOnly.includes(name));
  if (unknown !== undefined) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
}

export const noSuchQueue = (): AwsError =>
  new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');

/** What GetQueueAttributes answers. */
export function describe(queue: Queue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.counts();
  const created = String(Math.floor(queue.created.getTime() / 1000));
  return {
    ...defaultAttributes,
    SqsManagedSseEnabled: String(queue.attributes.KmsMasterKeyId === undefined),
    ...queue.attributes,
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
  };
}
