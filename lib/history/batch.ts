import { GetItemCommand, PutItemCommand, paginateQuery, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { HistoryTable } from './store.ts';

/**
 * A batch is everything that one burst of changes, or one sweep, has to check. It is cut into chunks that are checked
 * side by side, and told in one message when the last chunk is done.
 */
export interface Batch {
  readonly id: string;
  readonly chunks: number;
  /** A sweep's digest says so, and may be a full report. */
  readonly purpose: 'change' | 'sweep' | 'weekly-report';
}

/** Seconds for which a batch is remembered: longer than any queue keeps a message. */
const keptSeconds = 15 * 86_400;

const batchKey = (id: string) => ({ S: `batch#${id}` });
const expires = (now: Date) => ({ N: String(Math.floor(now.getTime() / 1000) + keptSeconds) });

/** Records that a chunk of a batch is done and whom it checked. Doing it twice changes nothing. */
export async function finishChunk(
  { client, name }: HistoryTable,
  batch: Batch,
  chunk: number,
  subjects: readonly string[],
  now: Date,
): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName: name,
      Item: {
        pk: batchKey(batch.id),
        sk: { S: `chunk#${String(chunk).padStart(6, '0')}` },
        subjects: { L: subjects.map((subject) => ({ S: subject })) },
        expiresAt: expires(now),
      },
    }),
  );
}

/** Who of a batch has been checked so far, and whether that is everybody. */
export async function batchProgress(
  { client, name }: HistoryTable,
  batch: Batch,
): Promise<{ readonly complete: boolean; readonly subjects: readonly string[] }> {
  const subjects: string[] = [];
  let done = 0;
  const pages = paginateQuery(
    { client },
    {
      TableName: name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :chunk)',
      ExpressionAttributeValues: { ':pk': batchKey(batch.id), ':chunk': { S: 'chunk#' } },
    },
  );
  for await (const page of pages) {
    for (const item of page.Items ?? []) {
      done += 1;
      for (const subject of item.subjects?.L ?? []) if (subject.S !== undefined) subjects.push(subject.S);
    }
  }
  return { complete: done >= batch.chunks, subjects: [...new Set(subjects)] };
}

/** Marks a batch as told, so that the message that closes it late has nothing to do. */
export async function closeBatch({ client, name }: HistoryTable, batch: Batch, now: Date): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: name,
      Key: { pk: batchKey(batch.id), sk: { S: 'told' } },
      UpdateExpression: 'SET toldAt = if_not_exists(toldAt, :now), expiresAt = :expires',
      ExpressionAttributeValues: { ':now': { S: now.toISOString() }, ':expires': expires(now) },
    }),
  );
}

/** Whether a batch has been told already. */
export async function isClosed({ client, name }: HistoryTable, batch: Batch): Promise<boolean> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: name,
      Key: { pk: batchKey(batch.id), sk: { S: 'told' } },
      ConsistentRead: true,
    }),
  );
  return Item !== undefined;
}
