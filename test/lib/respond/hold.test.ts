import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, it, vi } from 'vitest';
import { Hold, heldSeconds, retryDelay } from '#lib/respond/hold.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A queue that remembers what was changed: `m1 120`. */
function queue() {
  const changed: string[] = [];
  const client = new SQSClient({ region: 'us-east-1' });
  // Cast: `send` is a set of overloads, which no single function is; the timers are false, so nothing can go over a wire.
  client.send = vi.fn(
    async (command: { input: { Entries: { ReceiptHandle: string; VisibilityTimeout: number }[] } }) => {
      changed.push(...command.input.Entries.map((one) => `${one.ReceiptHandle} ${one.VisibilityTimeout}`));
      return {};
    },
  ) as unknown as SQSClient['send'];
  return { changed, queue: { client, url: 'https://sqs.example/queue' } };
}

const message = (id: string, receives = 1) => ({ messageId: id, receiptHandle: id, receives });

it('waits twice as long each time, a quarter of an hour at most, and goes on for six hours', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(retryDelay)).toEqual([30, 60, 120, 240, 480, 900, 900]);
  const waits = Array.from({ length: 29 }, (_, index) => retryDelay(index + 1));
  expect(waits.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(6 * 3600);
});

it('comes again three minutes after a death, later after several, and outlives six hours of them', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(heldSeconds)).toEqual([180, 180, 180, 240, 480, 900, 900]);
  const waits = Array.from({ length: 29 }, (_, index) => heldSeconds(index + 1));
  expect(waits.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(6 * 3600);
});

it('keeps what is worked on hidden for as long as the function lives', async () => {
  vi.useFakeTimers();
  const { changed, queue: held } = queue();
  const hold = new Hold(held, [message('m1')]);
  await hold.begin();
  await vi.advanceTimersByTimeAsync(85_000);
  expect(changed).toEqual(['m1 180', 'm1 180', 'm1 180']);
  await hold.end(new Set());
  await vi.advanceTimersByTimeAsync(300_000);
  expect(changed).toHaveLength(3);
});

it('lets what failed come again, by how often it has come, ten a call', async () => {
  const { changed, queue: held } = queue();
  const hold = new Hold(
    held,
    Array.from({ length: 23 }, (_, index) => message(`m${index}`, index)),
  );
  await hold.end(new Set(['m1', 'm3', 'm22']));
  expect(changed).toEqual(['m1 30', 'm3 120', 'm22 900']);
  await hold.begin();
  expect(held.client.send).toHaveBeenCalledTimes(4);
  await hold.end(new Set());
});

it('goes on where SQS does not answer: late is not lost', async () => {
  const { queue: held } = queue();
  held.client.send = vi.fn(async () => {
    throw new Error('no answer');
  });
  const hold = new Hold(held, [message('m1')]);
  await hold.begin();
  await hold.end(new Set(['m1']));
});
