import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { type Batch, batchPartition } from './batch.ts';
import { type BatchEvent, type BatchState, nextBatchState } from './claim-states.ts';
import { expiryAfter, ifHeld, type RecordTable } from './table.ts';

/** Seconds for which one announcer has a batch to itself; one who dies loses it after so long. */
export const batchClaimSeconds = 120;

const sk = 'claim';
const claimItem = z.object({ state: z.enum(['claimed', 'more']), by: z.string(), until: z.string() });
type Claim = z.output<typeof claimItem>;

/**
 * Takes the duty to announce a batch. Whoever finishes a chunk last announces it, and two may finish at the same moment: only
 * one gets it, so that the batch is one message. Who does not get it leaves word that there is more to announce, so that
 * `releaseBatch` of the other one does not let go before that is announced, too.
 */
export async function claimBatch(table: RecordTable, batch: Batch, by: string, now: Date): Promise<boolean> {
  const after = await move(table, batch, now, by, (state, isOwn) =>
    state === 'free' ? 'claim' : isOwn ? undefined : 'leave word',
  );
  return after.by === by;
}

/**
 * Gives a batch back after it was announced as far as it had come. Answers `false`, and keeps it, when somebody has left
 * word that there is more to announce.
 */
export async function releaseBatch(
  table: RecordTable,
  batch: Batch,
  by: string,
  now: Date,
): Promise<boolean> {
  const after = await move(table, batch, now, by, (state, isOwn) =>
    isOwn ? (state === 'more' ? 'announce again' : 'release') : undefined,
  );
  return after.by !== by;
}

/** Gives a batch back that could not be announced, whatever word was left: the next attempt announces all of it. */
export async function failBatch(table: RecordTable, batch: Batch, by: string, now: Date): Promise<void> {
  await move(table, batch, now, by, (_, isOwn) => (isOwn ? 'fail' : undefined));
}

/**
 * Does what is to be done in the state that the claim is in, unless somebody else has changed it since it was read; then
 * it is asked again. A claim that ran out counts as free, but for the one who holds it.
 *
 * @returns who holds the batch afterwards.
 */
async function move(
  table: RecordTable,
  batch: Batch,
  now: Date,
  by: string,
  eventIn: (state: BatchState, isOwn: boolean) => BatchEvent | undefined,
): Promise<{ readonly by?: string }> {
  const before = await readClaim(table, batch);
  const isOwn = before?.by === by;
  const isOver = before !== undefined && !isOwn && before.until < now.toISOString();
  const state = before === undefined || isOver ? 'free' : before.state;
  const event = eventIn(state, isOwn);
  const to = event && nextBatchState(state, event);
  if (to === undefined) return before ?? {};
  const takes = event === 'claim' || event === 'announce again';
  const until = new Date(now.getTime() + batchClaimSeconds * 1000).toISOString();
  const held = takes || before === undefined ? { by, until } : { by: before.by, until: before.until };
  const after = to === 'free' ? undefined : { state: to, ...held };
  const written = await writeClaim(table, batch, before, after, now);
  if (written || (after !== undefined && isSame(await readClaim(table, batch), after))) return after ?? {};
  return move(table, batch, now, by, eventIn);
}

/** Whether the claim is what was to be written: the client had written it, and has heard nothing and tried again. */
const isSame = (claim: Claim | undefined, { state, by, until }: Claim): boolean =>
  claim?.state === state && claim.by === by && claim.until === until;

const keyOf = (table: RecordTable, batch: Batch) => ({ pk: batchPartition(table, batch), sk });

async function readClaim(table: RecordTable, batch: Batch): Promise<Claim | undefined> {
  const { Item: item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: marshall(keyOf(table, batch)), ConsistentRead: true }),
  );
  return item && claimItem.parse(unmarshall(item));
}

/** Answers whether it was written: not where the claim is not any more what it was. */
async function writeClaim(
  table: RecordTable,
  batch: Batch,
  before: Claim | undefined,
  after: Claim | undefined,
  now: Date,
): Promise<boolean> {
  const { client, name } = table;
  const key = keyOf(table, batch);
  const condition =
    before === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: '#state = :state AND #by = :by AND #until = :until',
          ExpressionAttributeNames: { '#state': 'state', '#by': 'by', '#until': 'until' },
          ExpressionAttributeValues: marshall({
            ':state': before.state,
            ':by': before.by,
            ':until': before.until,
          }),
        };
  const written = await ifHeld(() =>
    after === undefined
      ? client.send(new DeleteItemCommand({ TableName: name, Key: marshall(key), ...condition }))
      : client.send(
          new PutItemCommand({
            TableName: name,
            Item: marshall({ ...key, ...after, expiresAt: expiryAfter(now) }),
            ...condition,
          }),
        ),
  );
  return written !== undefined;
}
