import { PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { expiryAfter, ifHeld, partitionOf, type RecordTable } from './table.ts';

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

/** Records that a chunk of a batch is done and whom it checked. Doing it twice changes nothing. */
export async function finishChunk(
  table: RecordTable,
  batch: Batch,
  chunk: number,
  subjects: readonly string[],
  now: Date,
): Promise<void> {
  const item = {
    pk: batchPartition(table, batch),
    sk: `chunk#${String(chunk).padStart(6, '0')}`,
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

/** Marks a batch as announced in full. Answers whether this was the first time: what is said once a batch is said then. */
export async function closeBatch(table: RecordTable, batch: Batch, now: Date): Promise<boolean> {
  const item = {
    pk: batchPartition(table, batch),
    sk: 'told',
    toldAt: now.toISOString(),
    expiresAt: expiryAfter(now),
  };
  const first = await ifHeld(() =>
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: marshall(item),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    ),
  );
  return first !== undefined;
}
