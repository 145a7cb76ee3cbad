import { GetItemCommand, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { expiryAfter, partitionOf, type RecordTable } from './table.ts';

/**
 * A batch is everything that one burst of changes, or one sweep, has to check. It is cut into chunks that are checked
 * side by side, and announced in one message when the last chunk is done.
 */
export interface Batch {
  readonly id: string;
  readonly chunks: number;
  /** A sweep's digest says so, and may be a full report. */
  readonly purpose: 'change' | 'sweep' | 'weekly-report' | 'probe';
}

/** Where everything about a batch stands. */
export const batchPartition = (table: RecordTable, { id }: Batch): string => partitionOf(table, 'batch', id);

const chunkKey = (table: RecordTable, batch: Batch, chunk: number) => ({
  pk: batchPartition(table, batch),
  sk: `chunk#${String(chunk).padStart(6, '0')}`,
});

/** Whether a chunk is done: a message that comes twice is not checked twice. */
export const isChunkFinished = (table: RecordTable, batch: Batch, chunk: number): Promise<boolean> =>
  exists(table, chunkKey(table, batch, chunk));

/** Records that a chunk of a batch is done and whom it checked. Doing it twice changes nothing. */
export async function finishChunk(
  table: RecordTable,
  batch: Batch,
  chunk: number,
  subjects: readonly string[],
  now: Date,
): Promise<void> {
  const item = {
    ...chunkKey(table, batch, chunk),
    subjects,
    expiresAt: expiryAfter(now),
  };
  await table.client.send(new PutItemCommand({ TableName: table.name, Item: marshall(item) }));
}

const chunkItem = z.object({ subjects: z.array(z.string()) });

/** Who of a batch has been checked so far, and whether that is everybody. */
export async function batchProgress(
  table: RecordTable,
  batch: Batch,
): Promise<{ readonly complete: boolean; readonly subjects: readonly string[] }> {
  const chunks: string[][] = [];
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :chunk)',
      ExpressionAttributeValues: marshall({ ':pk': batchPartition(table, batch), ':chunk': 'chunk#' }),
    },
  );
  for await (const { Items: items = [] } of pages)
    chunks.push(...items.map((item) => chunkItem.parse(unmarshall(item)).subjects));
  return { complete: chunks.length >= batch.chunks, subjects: [...new Set(chunks.flat())] };
}

const toldKey = (table: RecordTable, batch: Batch) => ({ pk: batchPartition(table, batch), sk: 'told' });

/** Whether a batch was announced in full. */
export const isBatchClosed = (table: RecordTable, batch: Batch): Promise<boolean> =>
  exists(table, toldKey(table, batch));

/** Marks a batch as announced in full; to be called after what is done once a batch. */
export async function closeBatch(table: RecordTable, batch: Batch, now: Date): Promise<void> {
  const item = { ...toldKey(table, batch), toldAt: now.toISOString(), expiresAt: expiryAfter(now) };
  await table.client.send(new PutItemCommand({ TableName: table.name, Item: marshall(item) }));
}

async function exists(table: RecordTable, key: { pk: string; sk: string }): Promise<boolean> {
  const { Item: item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: marshall(key), ConsistentRead: true }),
  );
  return item !== undefined;
}
