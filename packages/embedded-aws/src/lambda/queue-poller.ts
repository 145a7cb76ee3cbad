import type { ResolvedEventSource } from '@permission-check/cloudformation';
import { z } from 'zod';
import type { Activity } from '../activity.ts';
import type { ReceivedMessage } from '../sqs/message.ts';
import type { MessageAttributes } from '../sqs/message-attributes.ts';
import type { Queue } from '../sqs/queue.ts';
import type { Timers } from '../timers.ts';
import type { Lambda } from './lambda.ts';
import type { InvocationResult } from './types.ts';

/** Lambda starts with five pollers, so at most five batches are under way where nothing else limits them. */
const defaultConcurrency = 5;
/** An invocation's payload limit, with room for the envelope. */
const maxBatchBytes = 6 * 1024 * 1024 - 1024;

export interface PollerSettings {
  readonly source: ResolvedEventSource;
  readonly queue: Queue;
  readonly lambda: Pick<Lambda, 'invoke'>;
  readonly timers: Timers;
  readonly activity: Activity;
  readonly region: string;
  /** Factor on the batching window. */
  readonly pace: number;
  /** Throws where the function's role may not do that to the queue (`sqs:ReceiveMessage`). */
  readonly authorize: (action: string) => void;
  readonly problem: (message: string) => void;
}

/**
 * An event source mapping: takes batches from a queue and invokes the function with them. What the function does not
 * take comes back when its visibility timeout ends.
 * Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS".
 */
export class QueuePoller {
  readonly #settings: PollerSettings;
  #buffer: ReceivedMessage[] = [];
  #running = 0;
  #wanted = false;
  #windowOver = false;
  #cancelWindow: (() => void) | undefined;
  #cancelWake: (() => void) | undefined;
  #unlisten: (() => void) | undefined;

  /**
   * Starts polling.
   *
   * @throws AwsError AccessDenied where the function's role lacks a permission, as creating the mapping would.
   */
  constructor(settings: PollerSettings) {
    this.#settings = settings;
    for (const action of ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']) {
      settings.authorize(action);
    }
    this.#unlisten = settings.queue.onChange(() => this.#poll());
    this.#poll();
  }

  stop(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#cancelWake?.();
    this.#cancelWindow?.();
  }

  /** Polls soon; many changes of the queue make one poll. */
  #poll(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    const { activity } = this.#settings;
    activity
      .track(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        this.#wanted = false;
        if (this.#unlisten !== undefined) this.#take();
      })
      .catch((error: unknown) => this.#fail(error));
  }

  #take(): void {
    const { source, queue, timers, pace } = this.#settings;
    while (this.#running < (source.maximumConcurrency ?? defaultConcurrency)) {
      this.#settings.authorize('sqs:ReceiveMessage');
      const received = queue.receive(source.batchSize - this.#buffer.length);
      this.#buffer.push(...received);
      const full = this.#buffer.length >= source.batchSize || bytesOf(this.#buffer) > maxBatchBytes;
      if (this.#buffer.length === 0) break;
      if (full || this.#windowOver || source.windowSeconds === 0) {
        this.#flush();
        continue;
      }
      this.#cancelWindow ??= timers.after(source.windowSeconds * 1000 * pace, () => {
        this.#windowOver = true;
        this.#poll();
      });
      break;
    }
    this.#wakeUp();
  }

  /** Looks again when the next hidden message becomes visible. */
  #wakeUp(): void {
    const { queue, timers } = this.#settings;
    this.#cancelWake?.();
    const next = queue.nextVisibleAt();
    this.#cancelWake = next === undefined ? undefined : timers.after(next - timers.now(), () => this.#poll());
  }

  #flush(): void {
    this.#cancelWindow?.();
    this.#cancelWindow = undefined;
    this.#windowOver = false;
    const batch = takeWithin(this.#buffer, maxBatchBytes);
    this.#buffer = this.#buffer.slice(batch.length);
    this.#running += 1;
    this.#settings.activity
      .track(() => this.#process(batch))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#running -= 1;
        this.#poll();
      });
  }

  async #process(batch: readonly ReceivedMessage[]): Promise<void> {
    const { source, lambda, queue, authorize } = this.#settings;
    const event = JSON.stringify({ Records: batch.map((message) => this.#record(message)) });
    const result = await lambda.invoke(source.functionName, event, source.logicalId);
    const failed = failedMessages(result, batch, source.reportsBatchItemFailures);
    authorize('sqs:DeleteMessage');
    for (const message of batch) if (!failed.has(message.messageId)) queue.delete(message.receiptHandle);
  }

  #record(message: ReceivedMessage) {
    return {
      messageId: message.messageId,
      receiptHandle: message.receiptHandle,
      body: message.body,
      attributes: message.systemAttributes,
      messageAttributes: recordAttributes(message.attributes),
      ...(message.md5OfAttributes !== undefined && { md5OfMessageAttributes: message.md5OfAttributes }),
      md5OfBody: message.md5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: this.#settings.queue.arn,
      awsRegion: this.#settings.region,
    };
  }

  #fail(error: unknown): void {
    this.#settings.problem(`event source mapping ${this.#settings.source.logicalId}: ${String(error)}`);
  }
}

const answerSchema = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

/**
 * The ids of the messages that the function did not take. An answer that cannot be understood, or that names a message
 * which is not of the batch, fails the whole batch.
 */
function failedMessages(
  result: InvocationResult,
  batch: readonly ReceivedMessage[],
  reports: boolean,
): ReadonlySet<string> {
  const all = new Set(batch.map((message) => message.messageId));
  if (result.functionError !== undefined) return all;
  if (!reports) return new Set();
  const payload: unknown = JSON.parse(result.payload);
  // An empty answer or a null means that all went well.
  const parsed = answerSchema.nullable().safeParse(payload);
  if (!parsed.success) return all;
  const failed = new Set(parsed.data?.batchItemFailures?.map((failure) => failure.itemIdentifier));
  return [...failed].every((id) => all.has(id)) ? failed : all;
}

function recordAttributes(attributes: MessageAttributes) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      {
        ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
        ...(value.BinaryValue !== undefined && { binaryValue: value.BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: value.DataType,
      },
    ]),
  );
}

const sizeOf = (message: ReceivedMessage): number => Buffer.byteLength(JSON.stringify(message.body)) + 1024;
const bytesOf = (messages: readonly ReceivedMessage[]): number =>
  messages.reduce((sum, message) => sum + sizeOf(message), 0);

/** The first messages that fit; at least one. */
function takeWithin(messages: readonly ReceivedMessage[], bytes: number): ReceivedMessage[] {
  const taken: ReceivedMessage[] = [];
  let size = 0;
  for (const message of messages) {
    size += sizeOf(message);
    if (taken.length > 0 && size > bytes) break;
    taken.push(message);
  }
  return taken;
}
