import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RecordTable } from '#lib/outbox/table.ts';
import { stackSlots } from '#lib/respond/stack-pace.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';

let table: RecordTable;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ table, stop } = await startHistoryTable());
});
afterAll(() => stop());

const start = 1_800_000_000_000;
const gaps = (times: readonly number[]) => {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0));
};

it('gives four functions that ask at once one pace between them, and saves nothing up', async () => {
  let time = start;
  const functions = Array.from({ length: 4 }, () => stackSlots(table, 4, () => time));
  const many = await Promise.all(
    functions.map((next) => Promise.all(Array.from({ length: 6 }, () => next()))),
  );
  expect(Math.min(...many.flat())).toBe(start);
  expect(gaps(many.flat())).toEqual(Array.from({ length: 23 }, () => 250));
  time += 60_000;
  const later = stackSlots(table, 4, () => time);
  const three = [await later(), await later(), await later()];
  expect(three.map((at) => at - time)).toEqual([0, 250, 500]);
});

it('goes on where the table does not answer', async () => {
  const client = new Proxy(table.client, {
    get: (target, key) =>
      key === 'send'
        ? async () => {
            throw new Error('no answer');
          }
        : Reflect.get(target, key, target),
  });
  const next = stackSlots({ ...table, client }, 4, () => start);
  expect([await next(), await next()]).toEqual([start, start + 250]);
});
