import { randomUUID } from 'node:crypto';
import type { Timers } from '../timers.ts';
import { AwsError } from '../types.ts';
import {
  handedOut,
  md5,
  messageSize,
  type OutgoingMessage,
  type ReceivedMessage,
  type StoredMessage,
} from './message.ts';
import { md5OfAttributes } from './message-attributes.ts';

/** Limits and defaults: Amazon SQS Developer Guide, "Quotas"; SetQueueAttributes. */
export const defaultAttributes: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
};

/** What a queue needs from around it. */
export interface QueueSurroundings {
  readonly timers: Timers;
  /** The clock that people read. */
  readonly clock: () => Date;
  /** Factor on delays, so that a demonstration need not wait. */
  readonly pace: number;
  find(arn: string): Queue | undefined;
}

/** One standard queue. Passive: whoever waits for messages listens. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly created: Date;
  readonly tags = new Map<string, string>();
  #attributes: Readonly<Record<string, string>>;
  #messages: StoredMessage[] = [];
  readonly #around: QueueSurroundings;
  readonly #listeners = new Set<() => void>();

  constructor(
    name: string,
    arn: string,
    attributes: Readonly<Record<string, string>>,
    around: QueueSurroundings,
  ) {
    this.name = name;
    this.arn = arn;
    this.#attributes = defaultAttributes;
    this.setAttributes(attributes);
    this.#around = around;
    this.created = around.clock();
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.#attributes;
  }

  setAttributes(attributes: Readonly<Record<string, string>>): void {
    const merged = Object.entries({ ...this.#attributes, ...attributes });
    // An empty policy removes it.
    this.#attributes = Object.fromEntries(merged.filter(([, value]) => value !== ''));
  }

  /** Tells of every message that came, or came back; the answer stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws AwsError InvalidParameterValue for a message that is too large, InvalidMessageContents. */
  send(message: OutgoingMessage): { messageId: string; md5OfBody: string; md5OfAttributes?: string } {
    const limit = Number(this.#attributes.MaximumMessageSize);
    if (message.body === '')
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
    if (messageSize(message) > limit) {
      throw new AwsError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
      );
    }
    if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(message.body)) {
      throw new AwsError(
        'InvalidMessageContents',
        'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
      );
    }
    const now = this.#around.timers.now();
    const delay = (message.delaySeconds ?? Number(this.#attributes.DelaySeconds)) * 1000 * this.#around.pace;
    const stored: StoredMessage = {
      ...message,
      messageId: randomUUID(),
      sent: this.#around.clock(),
      expiresAt: now + Number(this.#attributes.MessageRetentionPeriod) * 1000,
      visibleAt: now + delay,
      inFlight: false,
      receives: 0,
    };
    this.#messages.push(stored);
    this.#changed();
    const digest = md5OfAttributes(message.attributes ?? {});
    return {
      messageId: stored.messageId,
      md5OfBody: md5(message.body),
      ...(digest !== undefined && { md5OfAttributes: digest }),
    };
  }

  /**
   * Takes up to `max` visible messages and hides them. What was received as often as the redrive policy
   * allows goes to the dead-letter queue instead.
   */
  receive(max: number, visibilityTimeoutSeconds?: number): ReceivedMessage[] {
    this.#expire();
    const now = this.#around.timers.now();
    const timeout = (visibilityTimeoutSeconds ?? Number(this.#attributes.VisibilityTimeout)) * 1000;
    const redrive = this.redrivePolicy();
    const received: ReceivedMessage[] = [];
    for (const message of [...this.#messages]) {
      if (received.length === max) break;
      if (message.visibleAt > now) continue;
      if (redrive !== undefined && message.receives >= redrive.maxReceiveCount) {
        this.#moveTo(redrive.target, message);
        continue;
      }
      message.receives += 1;
      message.inFlight = true;
      message.visibleAt = now + timeout;
      message.firstReceived ??= this.#around.clock();
      received.push(handedOut(message));
    }
    return received;
  }

  /** @throws AwsError ReceiptHandleIsInvalid. A handle from an earlier receive succeeds and deletes nothing. */
  delete(receiptHandle: string): void {
    const message = this.#byHandle(receiptHandle);
    if (message === undefined) return;
    this.#messages = this.#messages.filter((other) => other !== message);
    this.#changed();
  }

  /** @throws AwsError ReceiptHandleIsInvalid, MessageNotInflight. */
  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.#byHandle(receiptHandle);
    const now = this.#around.timers.now();
    if (message === undefined || !message.inFlight || message.visibleAt <= now) {
      throw new AwsError('MessageNotInflight', 'The message referred to is not in flight.');
    }
    message.visibleAt = now + seconds * 1000;
    this.#changed();
  }

  purge(): void {
    this.#messages = [];
    this.#changed();
  }

  /** Sends every message of this dead-letter queue back to where it came from, or to another queue. */
  redrive(target?: Queue): number {
    const messages = this.#messages.filter((message) => message.visibleAt <= this.#around.timers.now());
    let moved = 0;
    for (const message of messages) {
      const home = target ?? this.#around.find(message.deadLetterSource ?? '');
      if (home === undefined) continue;
      this.#messages = this.#messages.filter((other) => other !== message);
      home.#accept({ ...message, receives: 0 });
      moved += 1;
    }
    return moved;
  }

  /** When the next message that is hidden now becomes visible, on the timers' clock; `undefined`: none is hidden. */
  nextVisibleAt(): number | undefined {
    this.#expire();
    const now = this.#around.timers.now();
    const hidden = this.#messages.map((message) => message.visibleAt).filter((visibleAt) => visibleAt > now);
    return hidden.length === 0 ? undefined : Math.min(...hidden);
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    this.#expire();
    const now = this.#around.timers.now();
    const hidden = this.#messages.filter((message) => message.visibleAt > now);
    const inFlight = hidden.filter((message) => message.inFlight).length;
    return { visible: this.#messages.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  /** The bodies that it holds, oldest first: what a test or a person looks at. */
  bodies(): string[] {
    this.#expire();
    return this.#messages.map((message) => message.body);
  }

  redrivePolicy(): { target: Queue; maxReceiveCount: number } | undefined {
    const text = this.#attributes.RedrivePolicy;
    if (text === undefined) return undefined;
    const { arn, maxReceiveCount } = parseRedrivePolicy(text);
    const target = this.#around.find(arn);
    return target === undefined ? undefined : { target, maxReceiveCount };
  }

  #moveTo(target: Queue, message: StoredMessage): void {
    this.#messages = this.#messages.filter((other) => other !== message);
    target.#accept({ ...message, deadLetterSource: this.arn });
  }

  #accept(message: StoredMessage): void {
    this.#messages.push({ ...message, inFlight: false, visibleAt: this.#around.timers.now() });
    this.#changed();
  }

  #byHandle(receiptHandle: string): StoredMessage | undefined {
    const match = /^([0-9a-f-]{36})#(\d+)$/.exec(Buffer.from(receiptHandle, 'base64').toString('latin1'));
    if (match === null) {
      throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.', 404);
    }
    return this.#messages.find((one) => one.messageId === match[1] && one.receives === Number(match[2]));
  }

  #expire(): void {
    const now = this.#around.timers.now();
    if (this.#messages.some((message) => message.expiresAt <= now)) {
      this.#messages = this.#messages.filter((message) => message.expiresAt > now);
    }
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** @throws AwsError InvalidAttributeValue. */
export function parseRedrivePolicy(text: string): { arn: string; maxReceiveCount: number } {
  const refuse = () =>
    new AwsError('InvalidAttributeValue', `Invalid value for the parameter RedrivePolicy: ${text}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse();
  }
  if (typeof value !== 'object' || value === null) throw refuse();
  const arn = 'deadLetterTargetArn' in value ? value.deadLetterTargetArn : undefined;
  const maxReceiveCount = Number('maxReceiveCount' in value ? value.maxReceiveCount : undefined);
  const valid = Number.isInteger(maxReceiveCount) && maxReceiveCount >= 1 && maxReceiveCount <= 1000;
  if (typeof arn !== 'string' || !valid) throw refuse();
  return { arn, maxReceiveCount };
}
