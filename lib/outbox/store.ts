import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { parseRecord, serializeRecord } from './schema.ts';
import type { PrincipalRecord } from './types.ts';

const deflate = promisify(gzip);
const inflate = promisify(gunzip);

/** DynamoDB's limit is 400 KB an item, names and all (DynamoDB Developer Guide, "Constraints"). */
const partSize = 350_000;
/** BatchWriteItem takes 25 requests. */
const batchSize = 25;
const attempts = 12;

export interface RecordTable {
  readonly client: DynamoDBClient;
  readonly name: string;
}

/** One line of the table of contents. */
export interface RecordEntry {
  readonly subject: string;
  readonly arn: string;
  readonly status: string;
  /** Findings that the team was told of, and not of their end. */
  readonly announced: number;
}

const stateKey = (subject: string) => ({ pk: { S: `principal#${subject}` }, sk: { S: 'state' } });

interface Stored {
  readonly record: PrincipalRecord;
  readonly version: number;
  readonly body: string;
  readonly parts: number;
}

async function load({ client, name }: RecordTable, subject: string): Promise<Stored | undefined> {
  const { Item: item } = await client.send(
    new GetItemCommand({ TableName: name, Key: stateKey(subject), ConsistentRead: true }),
  );
  if (item === undefined) return undefined;
  const parts = Number(item.parts?.N ?? 0);
  const body = item.body?.S ?? '';
  const packed = parts === 0 ? item.packed?.B : await loadParts({ client, name }, subject, body, parts);
  if (packed === undefined) throw new Error(`the history of ${subject} has no content`);
  const text = (await inflate(packed)).toString('utf8');
  return { record: parseRecord(text), version: Number(item.version?.N ?? 0), body, parts };
}

async function loadParts(table: RecordTable, subject: string, body: string, parts: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': { S: `principal#${subject}` }, ':prefix': { S: `part#${body}#` } },
    },
  );
  for await (const page of pages) {
    for (const item of page.Items ?? []) if (item.packed?.B) chunks.push(item.packed.B);
  }
  // A writer that replaced the record in between has deleted the parts of the old one.
  if (chunks.length !== parts) throw new RacedError();
  return Buffer.concat(chunks);
}

/** The record was replaced while it was read: read it again. */
class RacedError extends Error {}

/** What is remembered of a principal; `undefined` when nothing is. */
export async function readRecord(table: RecordTable, subject: string): Promise<PrincipalRecord | undefined> {
  return (await retried(() => load(table, subject)))?.record;
}

/**
 * Replaces what is remembered of a principal by what `change` makes of it, however many others do the same at the
 * same time: the write holds only when nobody wrote in between, otherwise `change` is asked again with what they
 * wrote. `change` returns `undefined` to leave things as they are.
 *
 * @returns the record as it is afterwards.
 * @throws {Error} when others kept writing for as long as a dozen attempts.
 */
export async function updateRecord(
  table: RecordTable,
  subject: string,
  change: (before: PrincipalRecord | undefined) => PrincipalRecord | undefined,
): Promise<PrincipalRecord | undefined> {
  return retried(async () => {
    const before = await load(table, subject);
    const after = change(before?.record);
    if (after === undefined) return before?.record;
    await replace(table, before, after);
    return after;
  });
}

async function retried<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      const raced = error instanceof ConditionalCheckFailedException || error instanceof RacedError;
      if (!raced) throw error;
      if (attempt === attempts)
        throw new Error('others kept changing the same record of the history table', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
    }
  }
}

async function replace(
  { client, name }: RecordTable,
  before: Stored | undefined,
  after: PrincipalRecord,
): Promise<void> {
  const packed = await deflate(serializeRecord(after));
  const pk = { S: `principal#${after.subject}` };
  const body = randomUUID();
  const parts = packed.length > partSize ? Math.ceil(packed.length / partSize) : 0;
  const partKey = (of: string, index: number) => ({
    pk,
    sk: { S: `part#${of}#${String(index).padStart(4, '0')}` },
  });

  // Parts first: a record that points at them is only ever written when they are all there.
  await writeAll(
    { client, name },
    Array.from({ length: parts }, (_, index) => ({
      PutRequest: {
        Item: {
          ...partKey(body, index),
          packed: { B: packed.subarray(index * partSize, (index + 1) * partSize) },
        },
      },
    })),
  );
  const item: Record<string, AttributeValue> = {
    pk,
    sk: { S: 'state' },
    version: { N: String((before?.version ?? 0) + 1) },
    arn: { S: after.arn },
    status: { S: after.status },
    told: { N: String(after.announced.length) },
    readAt: { S: after.readAt },
    body: { S: body },
    ...(parts === 0 ? { packed: { B: packed } } : { parts: { N: String(parts) } }),
  };
  try {
    await client.send(
      new PutItemCommand({
        TableName: name,
        Item: item,
        ConditionExpression: before === undefined ? 'attribute_not_exists(pk)' : '#version = :before',
        ...(before === undefined
          ? {}
          : {
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':before': { N: String(before.version) } },
            }),
      }),
    );
  } catch (error) {
    await removeParts({ client, name }, parts, (index) => partKey(body, index));
    throw error;
  }
  if (before !== undefined)
    await removeParts({ client, name }, before.parts, (index) => partKey(before.body, index));
}

const removeParts = (
  table: RecordTable,
  parts: number,
  key: (index: number) => Record<string, AttributeValue>,
) =>
  writeAll(
    table,
    Array.from({ length: parts }, (_, index) => ({ DeleteRequest: { Key: key(index) } })),
  );

async function writeAll({ client, name }: RecordTable, requests: readonly WriteRequest[]): Promise<void> {
  for (let start = 0; start < requests.length; start += batchSize) {
    let left: WriteRequest[] = requests.slice(start, start + batchSize);
    for (let attempt = 0; left.length > 0; attempt += 1) {
      if (attempt === attempts) throw new Error('DynamoDB kept refusing part of a batch');
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt));
      const { UnprocessedItems } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [name]: left } }),
      );
      left = UnprocessedItems?.[name] ?? [];
    }
  }
}

/** Everybody who is remembered, in no order; for the sweep, which looks for principals that vanished. */
export async function* listRecords({ client, name }: RecordTable): AsyncIterable<RecordEntry> {
  const pages = paginateScan(
    { client },
    {
      TableName: name,
      ProjectionExpression: 'pk, arn, #status, told',
      FilterExpression: 'sk = :state AND begins_with(pk, :principal)',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':state': { S: 'state' }, ':principal': { S: 'principal#' } },
    },
  );
  for await (const page of pages) {
    for (const item of page.Items ?? []) {
      yield {
        subject: (item.pk?.S ?? '').slice('principal#'.length),
        arn: item.arn?.S ?? '',
        status: item.status?.S ?? '',
        announced: Number(item.told?.N ?? 0),
      };
    }
  }
}
