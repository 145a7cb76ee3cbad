import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { RecordTable } from './store.ts';

/** That everybody in the account has been looked at once: from then on, somebody unknown is somebody new. */
const key = { pk: { S: 'baseline' }, sk: { S: 'state' } };

export async function isBaselineMade({ client, name }: RecordTable): Promise<boolean> {
  const { Item: item } = await client.send(
    new GetItemCommand({ TableName: name, Key: key, ConsistentRead: true }),
  );
  return item !== undefined;
}

/** Answers whether this was the first time: the baseline is told once. */
export async function markBaselineMade({ client, name }: RecordTable, now: Date): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: name,
        Item: { ...key, madeAt: { S: now.toISOString() } },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
