import { PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { keptBy, type RecentEdit } from '#lib/change/edit-targets.ts';
import { parseChanges } from '#lib/change/schema.ts';
import { expiryAfter, partitionOf, type RecordTable } from './table.ts';

/** Seconds for which an edit is kept by its group and policy: as long as one is told with, and what events are late. */
const keptSeconds = 3600;

const keyOf = (table: RecordTable, target: string) => partitionOf(table, 'edits', target);

/** Keeps an edit by what it is about and whom its event names, or by other targets; doing it twice changes nothing. */
export async function rememberEdit(
  table: RecordTable,
  edit: RecentEdit,
  now: Date,
  targets: readonly string[] = keptBy(edit),
): Promise<void> {
  const { change, subjects } = edit;
  for (const target of targets) {
    const item = {
      pk: keyOf(table, target),
      sk: change.eventId,
      change: JSON.stringify([change]),
      subjects,
      expiresAt: expiryAfter(now, keptSeconds),
    };
    await table.client.send(new PutItemCommand({ TableName: table.name, Item: marshall(item) }));
  }
}

const editItem = z.object({ change: z.string(), subjects: z.array(z.string()), expiresAt: z.number() });

/** The edits of the last while that are about a group, a policy or a principal. */
export async function recentEdits(
  table: RecordTable,
  target: string,
  now: Date,
): Promise<readonly RecentEdit[]> {
  const found: RecentEdit[] = [];
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': keyOf(table, target) }),
    },
  );
  for await (const { Items: items = [] } of pages)
    for (const item of items) {
      const { change, subjects, expiresAt } = editItem.parse(unmarshall(item));
      // DynamoDB deletes what has expired within days.
      if (expiresAt > expiryAfter(now, 0))
        found.push(...parseChanges(change).map((one) => ({ change: one, subjects })));
    }
  return found;
}
