import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { RecordTable } from './store.ts';

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

/** Seconds for which a batch is remembered: longer than any queue keeps a message. */
const keptSeconds = 15 * 86_400;

const batchKey = (id: string) => ({ S: `batch#${id}` });
const expires = (now: Date) => ({ N: String(Math.floor(now.getTime() / 1000) + keptSeconds) });

/** Records that a chunk of a batch is done and whom it checked. Doing it twice changes nothing. */
export async function finishChunk(
  { client, name }: RecordTable,
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
  { client, name }: RecordTable,
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

/** Seconds for which one announcer has a batch to itself; one who dies loses it after so long. */
export const batchClaimSeconds = 120;

const claimKey = (batch: Batch) => ({ pk: batchKey(batch.id), sk: { S: 'teller' } });

/**
 * Takes the duty to announce a batch. Whoever finishes a chunk last announces it, and two may finish at the same moment: only
 * one gets it, so that the batch is one message. Who does not get it leaves word that there is more to announce, so that
 * `releaseBatch` of the other one does not let go before that is announced, too.
 */
export async function claimBatch(table: RecordTable, batch: Batch, by: string, now: Date): Promise<boolean> {
  const { client, name } = table;
  const claimed = await holds(() =>
    client.send(
      new UpdateItemCommand({
        TableName: name,
        Key: claimKey(batch),
        UpdateExpression: 'SET claimedBy = :by, claimedUntil = :until, expiresAt = :expires REMOVE more',
        ConditionExpression: 'attribute_not_exists(pk) OR claimedBy = :by OR claimedUntil < :now',
        ExpressionAttributeValues: {
          ':by': { S: by },
          ':now': { S: now.toISOString() },
          ':until': { S: new Date(now.getTime() + batchClaimSeconds * 1000).toISOString() },
          ':expires': expires(now),
        },
      }),
    ),
  );
  if (claimed) return true;
  const heard = await holds(() =>
    client.send(
      new UpdateItemCommand({
        TableName: name,
        Key: claimKey(batch),
        UpdateExpression: 'SET more = :yes',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':yes': { BOOL: true } },
      }),
    ),
  );
  // Given back in between: it can be had now.
  return heard ? false : claimBatch(table, batch, by, now);
}

/**
 * Gives a batch back after it was announced as far as it had come. Answers `false`, and keeps it, when somebody has left
 * word that there is more to announce.
 *
 * @param failed it could not be announced: it is given back whatever there is to announce, as the next attempt announces all of it.
 */
export async function releaseBatch(
  { client, name }: RecordTable,
  batch: Batch,
  by: string,
  failed = false,
): Promise<boolean> {
  return holds(() =>
    client.send(
      new DeleteItemCommand({
        TableName: name,
        Key: claimKey(batch),
        ConditionExpression: `claimedBy = :by${failed ? '' : ' AND attribute_not_exists(more)'}`,
        ExpressionAttributeValues: { ':by': { S: by } },
      }),
    ),
  );
}

/** Whether a conditional write was made; `false` when its condition did not hold. */
async function holds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Marks a batch as announced in full. Answers whether this was the first time: what is said once a batch is said then. */
export async function closeBatch({ client, name }: RecordTable, batch: Batch, now: Date): Promise<boolean> {
  return holds(() =>
    client.send(
      new PutItemCommand({
        TableName: name,
        Item: {
          pk: batchKey(batch.id),
          sk: { S: 'told' },
          toldAt: { S: now.toISOString() },
          expiresAt: expires(now),
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    ),
  );
}
