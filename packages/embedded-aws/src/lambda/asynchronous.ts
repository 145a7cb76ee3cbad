import { randomUUID } from 'node:crypto';
import type { AsynchronousInvocation } from '@permission-check/cloudformation';
import type { Activity } from '../activity.ts';
import type { Timers } from '../timers.ts';
import { AwsError } from '../types.ts';
import type { Lambda } from './lambda.ts';
import type { InvocationResult } from './types.ts';

/** Lambda waits a minute before the first retry of a function that failed, two before the second. */
const retryDelaysMs = [60_000, 120_000];
/** A throttled event is tried again for six hours, after one second at first and then longer. */
const throttleDelayMs = 1_000;

/** Sends a record to a queue or a topic in the name of a function's role. */
export type Destination = (roleArn: string, destinationArn: string, body: string) => Promise<void>;

export interface AsynchronousSettings {
  readonly lambda: Lambda;
  readonly timers: Timers;
  readonly activity: Activity;
  /** Factor on the waiting between retries. */
  readonly pace: number;
  readonly destination: Destination;
  readonly clock: () => Date;
  /** Something that AWS would only show in a metric: an event or a record that was lost. */
  readonly problem: (message: string) => void;
}

interface QueuedEvent {
  readonly functionName: string;
  readonly event: string;
  readonly source: string;
  readonly requestId: string;
  readonly attempt: number;
}

/**
 * Asynchronous invocation: retries, then the function's destination or dead-letter queue.
 * Source: AWS Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
 */
export class AsynchronousInvoker {
  readonly #settings: AsynchronousSettings;
  readonly #configurations = new Map<string, AsynchronousInvocation>();

  constructor(settings: AsynchronousSettings) {
    this.#settings = settings;
  }

  configure(functionName: string, configuration: AsynchronousInvocation): void {
    this.#configurations.set(functionName, configuration);
  }

  /** Queues an event; what becomes of it shows in the records and destinations. */
  invoke(functionName: string, event: string, source: string): void {
    this.#run({ functionName, event, source, requestId: randomUUID(), attempt: 1 });
  }

  #run(queued: QueuedEvent): void {
    const { activity, problem } = this.#settings;
    activity
      .track(() => this.#attempt(queued))
      .catch((error: unknown) =>
        problem(`asynchronous invocation of ${queued.functionName}: ${String(error)}`),
      );
  }

  async #attempt(queued: QueuedEvent): Promise<void> {
    const { lambda } = this.#settings;
    const { functionName, event, source, requestId } = queued;
    let result: InvocationResult;
    try {
      result = await lambda.invoke(functionName, event, source, requestId);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'TooManyRequestsException') throw error;
      this.#later(throttleDelayMs, queued);
      return;
    }
    const { roleArn } = lambda.spec(functionName);
    const send = (arn: string, body: string) => this.#settings.destination(roleArn, arn, body);
    const { maximumRetryAttempts, onFailure, onSuccess, deadLetter } = this.#configuration(functionName);
    if (result.functionError === undefined) {
      if (onSuccess !== undefined) await send(onSuccess, this.#record(queued, result, 'Success'));
      return;
    }
    if (queued.attempt <= maximumRetryAttempts) {
      this.#later(retryDelaysMs[queued.attempt - 1] ?? 120_000, { ...queued, attempt: queued.attempt + 1 });
      return;
    }
    if (onFailure !== undefined) await send(onFailure, this.#record(queued, result, 'RetriesExhausted'));
    if (deadLetter !== undefined) await send(deadLetter, event);
    if (onFailure === undefined && deadLetter === undefined) {
      this.#settings.problem(
        `${functionName} failed ${queued.attempt} times, and its event has nowhere to go: ${result.payload}`,
      );
    }
  }

  #later(milliseconds: number, queued: QueuedEvent): void {
    const { timers, pace } = this.#settings;
    timers.after(milliseconds * pace, () => this.#run(queued));
  }

  #configuration(functionName: string): AsynchronousInvocation {
    return this.#configurations.get(functionName) ?? { maximumRetryAttempts: 2 };
  }

  #record(queued: QueuedEvent, result: InvocationResult, condition: string): string {
    const { lambda, clock } = this.#settings;
    return JSON.stringify({
      version: '1.0',
      timestamp: clock().toISOString(),
      requestContext: {
        requestId: queued.requestId,
        functionArn: `${lambda.spec(queued.functionName).arn}:$LATEST`,
        condition,
        approximateInvokeCount: queued.attempt,
      },
      requestPayload: JSON.parse(queued.event),
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(result.functionError !== undefined && { functionError: result.functionError }),
      },
      responsePayload: JSON.parse(result.payload),
    });
  }
}
