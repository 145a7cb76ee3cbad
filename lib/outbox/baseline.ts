import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { partitionOf, type RecordTable } from './table.ts';

/** That everybody in the account has been looked at once: from then on, somebody unknown is somebody new. */
const keyOf = (table: RecordTable) => ({ pk: partitionOf(table, 'baseline'), sk: 'state' });
/** As earlier versions had it, with one account in a table. */
const oldKey = { pk: 'baseline', sk: 'state' };

export async function isBaselineMade(table: RecordTable): Promise<boolean> {
  return (await exists(table, keyOf(table))) || (await exists(table, oldKey));
}

async function exists({ client, name }: RecordTable, key: typeof oldKey): Promise<boolean> {
  const { Item: item } = await client.send(
    new GetItemCommand({ TableName: name, Key: marshall(key), ConsistentRead: true }),
  );
  return item !== undefined;
}

export async function markBaselineMade(table: RecordTable, now: Date): Promise<void> {
  const Item = marshall({ ...keyOf(table), madeAt: now.toISOString() });
  await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
}
