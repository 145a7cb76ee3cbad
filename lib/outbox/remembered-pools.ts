import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { deletedPool, type IdentityPool } from '#lib/account/identity-pools.ts';
import { ifHeld, partitionOf, type RecordTable } from './table.ts';

const keyOf = (table: RecordTable, { id }: IdentityPool) => ({
  pk: partitionOf(table, 'identity-pool', id.toLowerCase()),
  sk: 'state',
});

/**
 * Identity pools as they were just read. Those that the account has are remembered as its own; one that it does not have,
 * and had at an earlier look, was deleted. Of one that it never was seen to have, another account may be the owner.
 */
export async function knowingDeleted(
  table: RecordTable,
  pools: readonly IdentityPool[],
): Promise<readonly IdentityPool[]> {
  return Promise.all(
    pools.map(async (pool) => {
      if (pool.isAbsent) return (await isRemembered(table, pool)) ? deletedPool(pool.id) : pool;
      await remember(table, pool);
      return pool;
    }),
  );
}

async function remember(table: RecordTable, pool: IdentityPool): Promise<void> {
  await ifHeld(() =>
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: marshall(keyOf(table, pool)),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    ),
  );
}

async function isRemembered(table: RecordTable, pool: IdentityPool): Promise<boolean> {
  const Key = marshall(keyOf(table, pool));
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key, ConsistentRead: true }),
  );
  return Item !== undefined;
}
