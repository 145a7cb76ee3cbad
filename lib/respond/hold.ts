import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import type { CheckQueue } from './send.ts';

/** A message that a queue has handed out. */
export interface HeldMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** How often it was handed out, this time included. */
  readonly receives: number;
}

/**
 * Seconds after which a message comes again where the function that had it is dead: after what it had claimed in the history
 * table (two minutes) is free again, and as late as one that failed as often, so that deaths use up its receives no faster.
 */
export const heldSeconds = (receives: number): number => Math.max(180, retryDelay(receives));
const beatMilliseconds = 40_000;
/** SQS: entries of a batch. */
const batchSize = 10;

/** Seconds until a message that failed comes again: 30 after the first time, twice as many after each further one, 900 at most. */
export const retryDelay = (receives: number): number => Math.min(30 * 2 ** Math.max(receives - 1, 0), 900);

/**
 * Holds messages of a queue while they are worked on: each stays hidden for minutes more than the function lives. The
 * queue's own visibility timeout, which has to be longer than any function may take, is for messages that wait for one.
 */
export class Hold {
  readonly #queue: CheckQueue;
  readonly #messages: readonly HeldMessage[];
  #beat: NodeJS.Timeout | undefined;

  constructor(queue: CheckQueue, messages: readonly HeldMessage[]) {
    this.#queue = queue;
    this.#messages = messages;
  }

  async begin(): Promise<void> {
    await this.#extend();
    this.#beat = setInterval(() => void this.#extend(), beatMilliseconds);
  }

  /** Lets go; those that failed come again by and by. */
  async end(failed: ReadonlySet<string>): Promise<void> {
    clearInterval(this.#beat);
    await this.#change(
      this.#messages.filter(({ messageId }) => failed.has(messageId)),
      ({ receives }) => retryDelay(receives),
    );
  }

  async #extend(): Promise<void> {
    await this.#change(this.#messages, ({ receives }) => heldSeconds(receives));
  }

  /** What cannot be changed keeps the time that it has: late, and not lost. */
  async #change(messages: readonly HeldMessage[], seconds: (message: HeldMessage) => number): Promise<void> {
    const { client, url } = this.#queue;
    const limit = pLimit(8);
    const batches = Array.from({ length: Math.ceil(messages.length / batchSize) }, (_, index) =>
      messages.slice(index * batchSize, (index + 1) * batchSize),
    );
    await Promise.allSettled(
      batches.map((batch) =>
        limit(() =>
          client.send(
            new ChangeMessageVisibilityBatchCommand({
              QueueUrl: url,
              Entries: batch.map((message, index) => ({
                Id: String(index),
                ReceiptHandle: message.receiptHandle,
                VisibilityTimeout: seconds(message),
              })),
            }),
          ),
        ),
      ),
    );
  }
}
