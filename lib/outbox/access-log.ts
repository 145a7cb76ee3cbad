import { PutItemCommand, paginateQuery, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { type AccessEntry, type WhoCould, whoCould } from './access-history.ts';
import { pack, unpack } from './record-body.ts';
import { parseAccessEntry } from './schema.ts';
import { expiryAfter, partitionOf, type RecordTable } from './table.ts';

/** Where the log stands: one partition for an account, so that a question reads nothing else. */
const partition = (table: RecordTable): string => partitionOf(table, 'access-log');
const keyOf = (
  table: RecordTable,
  { subject, since, kind }: Pick<AccessEntry, 'subject' | 'since' | 'kind'>,
) => ({
  pk: partition(table),
  sk: `${subject}#${since}${kind === 'open' ? '#open' : ''}`,
});

export interface AccessLog {
  readonly table: RecordTable;
  /** For which an entry is kept after it has ended; the present is kept. */
  readonly days: number;
}

/**
 * Appends an entry, and ends what was the present before it. Doing it twice changes nothing. To be called before the record
 * of the principal is written: what is not in the log can never be made up later.
 */
export async function appendAccess({ table, days }: AccessLog, entry: AccessEntry): Promise<void> {
  const expiryOf = (end: string) => expiryAfter(new Date(end), days * 86_400);
  const ends = entry.until ?? (entry.kind === 'ended' ? entry.since : undefined);
  const item = {
    ...keyOf(table, entry),
    packed: await pack(JSON.stringify(entry)),
    ...(ends === undefined ? {} : { endedAt: ends, expiresAt: expiryOf(ends) }),
  };
  await table.client.send(new PutItemCommand({ TableName: table.name, Item: marshall(item) }));
  if (entry.kind === 'open') return;
  for (const key of await presentBefore(table, entry))
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(key),
        UpdateExpression: 'SET endedAt = :until, expiresAt = :expires',
        ExpressionAttributeValues: marshall({ ':until': entry.since, ':expires': expiryOf(entry.since) }),
      }),
    );
}

const keyItem = z.object({ pk: z.string(), sk: z.string() });

/** What has not ended of a principal's lines before another one: one, or more after an attempt that was stopped. */
async function presentBefore(table: RecordTable, entry: AccessEntry): Promise<z.output<typeof keyItem>[]> {
  const { pk, sk } = keyOf(table, entry);
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :own',
      FilterExpression: 'attribute_not_exists(endedAt)',
      ProjectionExpression: 'pk, sk',
      ExpressionAttributeValues: marshall({ ':pk': pk, ':first': `${entry.subject}#`, ':own': sk }),
    },
  );
  const keys = [];
  for await (const { Items: items = [] } of pages)
    keys.push(...items.map((item) => keyItem.parse(unmarshall(item))));
  return keys.filter((key) => key.sk !== sk);
}

const logItem = z.object({ packed: z.instanceof(Uint8Array), endedAt: z.optional(z.string()) });

/** The log of an account, by principal and time; the whole, or what it has of one principal. */
export async function* readAccessLog(table: RecordTable, subject?: string): AsyncIterable<AccessEntry> {
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      KeyConditionExpression: `pk = :pk${subject === undefined ? '' : ' AND begins_with(sk, :subject)'}`,
      ExpressionAttributeValues: marshall({
        ':pk': partition(table),
        ...(subject === undefined ? {} : { ':subject': `${subject}#` }),
      }),
    },
  );
  for await (const { Items: items = [] } of pages) {
    for (const item of items) {
      const { packed, endedAt } = logItem.parse(unmarshall(item));
      const entry = parseAccessEntry(await unpack(packed));
      yield endedAt === undefined ? entry : { ...entry, until: endedAt };
    }
  }
}

/**
 * Who could do something on a day.
 *
 * @param action `rekognition:SearchFaces`
 * @param day `2026-11-28`, in UTC
 */
export async function whoCouldOn(table: RecordTable, action: string, day: string): Promise<WhoCould> {
  const entries: AccessEntry[] = [];
  for await (const entry of readAccessLog(table)) entries.push(entry);
  return whoCould(entries, action, day);
}
