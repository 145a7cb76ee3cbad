import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { type BodyAttributes, RacedError, readBody, removeBody, writeBody } from './record-body.ts';
import { parseRecord, serializeRecord } from './schema.ts';
import { partitionOf, type RecordTable } from './table.ts';
import type { PrincipalRecord } from './types.ts';

const attempts = 12;

/** One line of the table of contents. */
export interface RecordEntry {
  readonly subject: string;
  readonly arn: string;
  readonly status: string;
  /** Findings that the team was told of, and not of their end. */
  readonly announced: number;
  /** It stands under the key that earlier versions gave it. */
  readonly old?: boolean;
}

const sk = 'state';
const partition = (table: RecordTable, subject: string): string => partitionOf(table, 'principal', subject);
/** Earlier versions kept one account in a table, and left its id out. */
const oldPartition = (subject: string): string => `principal#${subject}`;

const stateItem = z.object({
  version: z._default(z.number(), 0),
  body: z._default(z.string(), ''),
  packed: z.optional(z.instanceof(Uint8Array)),
  parts: z.optional(z.number()),
  /** It was read under the old key, whose item may still be there. */
  moved: z.optional(z.boolean()),
});

interface Stored extends z.output<typeof stateItem> {
  readonly record: PrincipalRecord;
  /** Where it was found. */
  readonly pk: string;
}

async function load(table: RecordTable, subject: string): Promise<Stored | undefined> {
  return (await loadFrom(table, partition(table, subject))) ?? (await loadFrom(table, oldPartition(subject)));
}

async function loadFrom(table: RecordTable, pk: string): Promise<Stored | undefined> {
  const { Item: found } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: marshall({ pk, sk }), ConsistentRead: true }),
  );
  if (found === undefined) return undefined;
  const item = stateItem.parse(unmarshall(found));
  return { ...item, pk, record: parseRecord(await readBody(table, pk, item)) };
}

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
  change: (
    before: PrincipalRecord | undefined,
  ) => PrincipalRecord | undefined | Promise<PrincipalRecord | undefined>,
): Promise<PrincipalRecord | undefined> {
  return retried(async () => {
    const before = await load(table, subject);
    const after = await change(before?.record);
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
  table: RecordTable,
  before: Stored | undefined,
  after: PrincipalRecord,
): Promise<void> {
  const pk = partition(table, after.subject);
  const isFirst = before?.pk !== pk;
  const body = await writeBody(table, pk, randomUUID(), serializeRecord(after));
  try {
    await putState(table, pk, after, {
      body,
      version: isFirst ? undefined : before.version,
      moved: isFirst && before !== undefined,
    });
  } catch (error) {
    // Any other error leaves open whether the record points at the text.
    if (error instanceof ConditionalCheckFailedException) await removeBody(table, pk, body);
    throw error;
  }
  if (before === undefined) return;
  await removeBody(table, before.pk, before);
  // Once more after the move, for one who was stopped between the two.
  if (isFirst || before.moved) await removeOld(table, after.subject);
}

interface StateWrite {
  readonly body: BodyAttributes;
  /** Of the item that it replaces; `undefined`: there is none. */
  readonly version: number | undefined;
  readonly moved: boolean;
}

async function putState(
  { client, name }: RecordTable,
  pk: string,
  after: PrincipalRecord,
  { body, version, moved }: StateWrite,
): Promise<void> {
  const { arn, status, readAt, announced } = after;
  const item = {
    pk,
    sk,
    version: (version ?? 0) + 1,
    arn,
    status,
    told: announced.length,
    readAt,
    ...body,
    ...(moved ? { moved } : {}),
  };
  // Where the answer to a write was lost, the client writes again: it meets its own text, which nobody else has.
  const condition =
    version === undefined
      ? {
          ConditionExpression: 'attribute_not_exists(pk) OR #body = :body',
          ExpressionAttributeNames: { '#body': 'body' },
          ExpressionAttributeValues: marshall({ ':body': body.body }),
        }
      : {
          ConditionExpression: '#version = :before OR #body = :body',
          ExpressionAttributeNames: { '#version': 'version', '#body': 'body' },
          ExpressionAttributeValues: marshall({ ':before': version, ':body': body.body }),
        };
  await client.send(
    new PutItemCommand({
      TableName: name,
      Item: marshall(item, { removeUndefinedValues: true }),
      ...condition,
    }),
  );
}

async function removeOld({ client, name }: RecordTable, subject: string): Promise<void> {
  const Key = marshall({ pk: oldPartition(subject), sk });
  await client.send(new DeleteItemCommand({ TableName: name, Key }));
}

const entryItem = z.object({
  pk: z.string(),
  arn: z._default(z.string(), ''),
  status: z._default(z.string(), ''),
  told: z._default(z.number(), 0),
});

/** Everybody of the account who is remembered, in no order; for the sweep, which looks for principals that vanished. */
export async function* listRecords(table: RecordTable): AsyncIterable<RecordEntry> {
  const own = partition(table, '');
  const pages = paginateScan(
    { client: table.client },
    {
      TableName: table.name,
      ProjectionExpression: 'pk, arn, #status, told',
      FilterExpression: 'sk = :state AND (begins_with(pk, :own) OR begins_with(pk, :old))',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: marshall({ ':state': sk, ':own': own, ':old': oldPartition('') }),
    },
  );
  for await (const { Items: items = [] } of pages) {
    for (const item of items) {
      const { pk, arn, status, told } = entryItem.parse(unmarshall(item));
      const isOld = !pk.startsWith(own);
      const subject = pk.slice((isOld ? oldPartition('') : own).length);
      yield { subject, arn, status, announced: told, ...(isOld ? { old: true } : {}) };
    }
  }
}
