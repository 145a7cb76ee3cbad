import { PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { pack, unpack } from './record-body.ts';
import { expiryAfter, partitionOf, type RecordTable } from './table.ts';

/** One Publish: written before and after, so that it is known what was told even if no record of a principal says so. */
export interface OutgoingMessage {
  /** The attempt that publishes it. */
  readonly attempt: string;
  /** Which of the attempt's messages. */
  readonly part: number;
  /** Whom it is about. */
  readonly subjects: readonly string[];
}

const partition = (table: RecordTable, attempt: string): string => partitionOf(table, 'message', attempt);

interface Writer {
  readonly table: RecordTable;
  readonly now: () => Date;
}

/** To be called before a message is published. A message that stays at this may have been received, and is told once more. */
export const beginMessage = ({ table, now }: Writer, message: OutgoingMessage): Promise<void> =>
  writeMessage(table, message, 'publishing', now());

/** To be called once SNS has taken the message. */
export const endMessage = ({ table, now }: Writer, message: OutgoingMessage): Promise<void> =>
  writeMessage(table, message, 'published', now());

async function writeMessage(
  table: RecordTable,
  { attempt, part, subjects }: OutgoingMessage,
  state: 'publishing' | 'published',
  now: Date,
): Promise<void> {
  const item = {
    pk: partition(table, attempt),
    sk: `part#${String(part).padStart(4, '0')}`,
    state,
    at: now.toISOString(),
    subjects: await pack(JSON.stringify(subjects)),
    expiresAt: expiryAfter(now),
  };
  await table.client.send(new PutItemCommand({ TableName: table.name, Item: marshall(item) }));
}

const messageItem = z.object({ state: z.string(), subjects: z.instanceof(Uint8Array) });
const subjectList = z.array(z.string());

/** Whether an attempt has published a message about somebody. */
export async function wasPublished(table: RecordTable, attempt: string, subject: string): Promise<boolean> {
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': partition(table, attempt) }),
    },
  );
  for await (const { Items: items = [] } of pages) {
    for (const item of items) {
      const { state, subjects } = messageItem.parse(unmarshall(item));
      if (state !== 'published') continue;
      if (subjectList.parse(JSON.parse(await unpack(subjects))).includes(subject)) return true;
    }
  }
  return false;
}
