import type { ResolvedEventSource } from '@permission-check/cloudformation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyState } from '../../src/account/state.ts';
import { Activity } from '../../src/activity.ts';
import { QueuePoller } from '../../src/lambda/queue-poller.ts';
import type { InvocationResult } from '../../src/lambda/types.ts';
import type { Queue } from '../../src/sqs/queue.ts';
import { Queues } from '../../src/sqs/queues.ts';
import { Timers } from '../../src/timers.ts';
import { AwsError } from '../../src/types.ts';
import { World } from '../../src/world.ts';

interface Batch {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

let timers: Timers;
let activity: Activity;
let queue: Queue;
let dead: Queue;
let batches: Batch[];
let running: number;
let mostRunning: number;
let problems: string[];
let answer: (batch: Batch) => unknown;
let refused: Set<string>;
let poller: QueuePoller | undefined;

beforeEach(() => {
  timers = new Timers();
  activity = new Activity();
  batches = [];
  running = 0;
  mostRunning = 0;
  problems = [];
  answer = () => null;
  refused = new Set();
  const queues = new Queues(
    new World({ accountId: '123456789012', region: 'us-east-1', state: emptyState }),
    timers,
  );
  dead = queues.create('dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
  queue = queues.create('jobs', { VisibilityTimeout: '60', RedrivePolicy });
});
afterEach(() => {
  poller?.stop();
  timers.stop();
});

/** The function: takes a moment, then answers what the test wants. */
async function invoke(_name: string, event: string): Promise<InvocationResult> {
  running += 1;
  mostRunning = Math.max(mostRunning, running);
  const batch: Batch = JSON.parse(event);
  batches.push(batch);
  await new Promise((resolve) => setTimeout(resolve, 5));
  running -= 1;
  const value = answer(batch);
  const failed = value instanceof Error;
  const payload = JSON.stringify(failed ? { errorMessage: value.message } : value);
  return {
    requestId: '1',
    payload,
    logs: [],
    durationMs: 1,
    ...(failed && { functionError: 'Unhandled' as const }),
  };
}

function start(settings: Partial<ResolvedEventSource> = {}): void {
  poller = new QueuePoller({
    source: {
      logicalId: 'Jobs',
      queueArn: queue.arn,
      functionName: 'worker',
      enabled: true,
      batchSize: 10,
      windowSeconds: 0,
      reportsBatchItemFailures: true,
      ...settings,
    },
    queue,
    lambda: { invoke },
    timers,
    activity,
    region: 'us-east-1',
    pace: 1,
    authorize: (action) => {
      if (refused.has(action)) throw new AwsError('AccessDenied', `no ${action}`);
    },
    problem: (message) => problems.push(message),
  });
}

const send = (...bodies: string[]) => {
  for (const body of bodies) queue.send({ body, senderId: 'test' });
};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const sizes = () => batches.map(({ Records }) => Records.length);
/** Until the queue is quiet, as a stack settles. */
async function settle(): Promise<void> {
  for (;;) {
    await activity.whenIdle();
    await new Promise((resolve) => setImmediate(resolve));
    if (!activity.idle) continue;
    if (!timers.pending) return;
    timers.skip();
  }
}

describe('batches', () => {
  it('hold at most the batch size, and what is there at once goes at once', async () => {
    send(...numbers(25));
    start();
    await settle();
    expect(sizes()).toEqual([10, 10, 5]);
    expect(queue.bodies()).toEqual([]);
  });

  it('are gathered for the length of the window, or until they are full', async () => {
    start({ batchSize: 3, windowSeconds: 30 });
    const begin = timers.now();
    send('a');
    await activity.whenIdle();
    send('b');
    await settle();
    expect(sizes()).toEqual([2]);
    expect(timers.now() - begin).toBeGreaterThanOrEqual(30_000);
    send('c', 'd', 'e');
    await activity.whenIdle();
    expect(sizes()).toEqual([2, 3]);
  });

  it('stay below the payload limit of an invocation', async () => {
    send(...numbers(8).map((digit) => digit.repeat(1_000_000)));
    start({ batchSize: 100, windowSeconds: 1 });
    await settle();
    expect(sizes()).toEqual([6, 2]);
  });

  it('run as many at once as the mapping allows', async () => {
    send(...numbers(9));
    start({ batchSize: 1, maximumConcurrency: 2 });
    await settle();
    expect(batches).toHaveLength(9);
    expect(mostRunning).toBe(2);
  });
});

describe('what a function answers', () => {
  const idOf = (batch: Batch, body: string) =>
    batch.Records.find((record) => record.body === body)?.messageId;
  const failing = (...identifiers: unknown[]) => ({
    batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
  });

  it.each<[string, (batch: Batch) => unknown, string[]]>([
    ['nothing', () => null, []],
    ['no failures', () => failing(), []],
    ['an empty object', () => ({}), []],
    ['a null list', () => ({ batchItemFailures: null }), []],
    ['one failure', (batch) => failing(idOf(batch, 'b')), ['b']],
    ['an error', () => new Error('broken'), ['a', 'b']],
    ['an id that is not of the batch', () => failing('other'), ['a', 'b']],
    ['an empty id', () => failing(''), ['a', 'b']],
    ['a null id', () => failing(null), ['a', 'b']],
    ['a list under a wrong name', () => ({ batchItemFailures: [{ id: 'x' }] }), ['a', 'b']],
    ['text', () => 'fine', ['a', 'b']],
  ])('%s decides what comes back', async (_, said, back) => {
    answer = said;
    send('a', 'b');
    start();
    await settle();
    expect(dead.bodies()).toEqual(back);
    expect(queue.bodies()).toEqual([]);
  });

  it('does not matter without ReportBatchItemFailures, unless it failed', async () => {
    answer = () => 'anything';
    send('a');
    start({ reportsBatchItemFailures: false });
    await settle();
    expect(dead.bodies()).toEqual([]);
  });
});

describe('permissions of the role', () => {
  it('are needed to begin', () => {
    refused.add('sqs:DeleteMessage');
    expect(() => start()).toThrow('no sqs:DeleteMessage');
  });

  it('that are taken away stop the polling, with a trace', async () => {
    start();
    await settle();
    refused.add('sqs:ReceiveMessage');
    send('a');
    await settle();
    expect(batches).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('no sqs:ReceiveMessage')]);
  });
});

it('a stopped mapping takes nothing', async () => {
  start();
  poller?.stop();
  send('a');
  await settle();
  expect(batches).toEqual([]);
  expect(queue.bodies()).toEqual(['a']);
});
