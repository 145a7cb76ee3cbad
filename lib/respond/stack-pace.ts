import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { ifHeld, partitionOf, type RecordTable } from '#lib/outbox/table.ts';

const slotItem = z.object({ next: z.number() });

/**
 * The moments at which calls to IAM may begin, handed out to all functions of a stack from one item of the history table: so
 * the pace is the stack's, however many of them ask at once. A function takes half a second's worth at a time.
 *
 * Where the table does not answer, a function keeps to the pace by itself: an alert matters more.
 *
 * @returns the next moment, milliseconds since 1970.
 */
export function stackSlots(
  table: RecordTable,
  callsPerSecond: number,
  now: () => number = Date.now,
): () => Promise<number> {
  const interval = 1000 / callsPerSecond;
  const taken = Math.max(1, Math.floor(callsPerSecond / 2));
  let free: readonly number[] = [];
  let taking: Promise<void> | undefined;
  const take = async (): Promise<void> => {
    const start = await takeSlots(table, interval * taken, now()).catch(() => now());
    free = Array.from({ length: taken }, (_, index) => start + index * interval);
  };
  return async () => {
    for (;;) {
      const [first, ...rest] = free;
      if (first !== undefined) {
        free = rest;
        return first;
      }
      taking ??= take().finally(() => {
        taking = undefined;
      });
      await taking;
    }
  };
}

/** Takes the next so many milliseconds that nobody has; answers when they begin. */
async function takeSlots(table: RecordTable, milliseconds: number, now: number): Promise<number> {
  const update = (expression: string, condition: string, values: Readonly<Record<string, number>>) =>
    ifHeld(() =>
      table.client.send(
        new UpdateItemCommand({
          TableName: table.name,
          Key: marshall({ pk: partitionOf(table, 'pace'), sk: 'state' }),
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#next': 'next' },
          ExpressionAttributeValues: marshall(values),
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    );
  for (;;) {
    const values = { ':now': now, ':taken': milliseconds };
    const behind = await update('SET #next = #next + :taken', '#next >= :now', values);
    if (behind?.Attributes !== undefined)
      return slotItem.parse(unmarshall(behind.Attributes)).next - milliseconds;
    const first = { ':now': now, ':next': now + milliseconds };
    const condition = 'attribute_not_exists(#next) OR #next < :now';
    if ((await update('SET #next = :next', condition, first)) !== undefined) return now;
  }
}
