import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { BatchWriteItemCommand, paginateQuery, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { RecordTable } from './table.ts';

const deflate = promisify(gzip);
const inflate = promisify(gunzip);

/** DynamoDB's limit is 400 KB an item, names and all (DynamoDB Developer Guide, "Constraints"). */
const partSize = 350_000;
/** BatchWriteItem takes 25 requests. */
const batchSize = 25;
const attempts = 12;

/** Texts are kept compressed. */
export const pack = (text: string): Promise<Buffer> => deflate(text);
export const unpack = async (packed: Uint8Array): Promise<string> => (await inflate(packed)).toString('utf8');

/** What stands in the item of a record for its text: the text, or the number of parts that it is in. */
export interface BodyAttributes {
  /** Of the parts, where there are any. */
  readonly body: string;
  readonly packed?: Uint8Array | undefined;
  readonly parts?: number | undefined;
}

/** The record was replaced while it was read: read it again. */
export class RacedError extends Error {}

const partItem = z.object({ packed: z.instanceof(Uint8Array) });
const partKey = (pk: string, body: string, index: number) =>
  marshall({ pk, sk: `part#${body}#${String(index).padStart(4, '0')}` });

/**
 * Writes the parts of a text that one item cannot hold. To be called before the item is written, so that an item never
 * points at parts that are not there.
 *
 * @param body unique for each text
 */
export async function writeBody(
  table: RecordTable,
  pk: string,
  body: string,
  text: string,
): Promise<BodyAttributes> {
  const packed = await pack(text);
  if (packed.length <= partSize) return { body, packed };
  const parts = Math.ceil(packed.length / partSize);
  const partAt = (index: number) =>
    marshall({ packed: packed.subarray(index * partSize, (index + 1) * partSize) });
  await writeAll(
    table,
    numbered(parts, (index) => ({ PutRequest: { Item: { ...partKey(pk, body, index), ...partAt(index) } } })),
  );
  return { body, parts };
}

/** @throws {RacedError} when a writer that replaced the record in between has deleted the parts. */
export async function readBody(table: RecordTable, pk: string, attributes: BodyAttributes): Promise<string> {
  const { body, packed, parts = 0 } = attributes;
  if (parts === 0 && packed === undefined) throw new Error(`the history of ${pk} has no content`);
  if (packed !== undefined) return unpack(packed);
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: marshall({ ':pk': pk, ':prefix': `part#${body}#` }),
    },
  );
  const chunks: Uint8Array[] = [];
  for await (const { Items: items = [] } of pages)
    chunks.push(...items.map((item) => partItem.parse(unmarshall(item)).packed));
  if (chunks.length !== parts) throw new RacedError();
  return unpack(Buffer.concat(chunks));
}

export const removeBody = (table: RecordTable, pk: string, { body, parts = 0 }: BodyAttributes) =>
  writeAll(
    table,
    numbered(parts, (index) => ({ DeleteRequest: { Key: partKey(pk, body, index) } })),
  );

const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

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
