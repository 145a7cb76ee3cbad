import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { partitionOf, type RecordTable } from './table.ts';

const keyOf = (table: RecordTable) => ({ pk: partitionOf(table, 'baseline'), sk: 'state' });
/** As earlier versions had it, with one account in a table. */
const oldKey = { pk: 'baseline', sk: 'state' };

const baselineItem = z.object({ madeAt: z.string(), untold: z._default(z.boolean(), false) });

/** That everybody in the account has been looked at once: from then on, somebody unknown is somebody new. */
export interface Baseline {
  /** ISO 8601. */
  readonly madeAt: string;
  /** Nobody has received yet where it stands. */
  readonly untold: boolean;
}

/** `undefined`: nobody has looked at the whole account yet. */
export async function readBaseline(table: RecordTable): Promise<Baseline | undefined> {
  return (await read(table, keyOf(table))) ?? (await read(table, oldKey));
}

export const isBaselineMade = async (table: RecordTable): Promise<boolean> =>
  (await readBaseline(table)) !== undefined;

async function read({ client, name }: RecordTable, key: typeof oldKey): Promise<Baseline | undefined> {
  const { Item: item } = await client.send(
    new GetItemCommand({ TableName: name, Key: marshall(key), ConsistentRead: true }),
  );
  return item && baselineItem.parse(unmarshall(item));
}

export async function writeBaseline(table: RecordTable, baseline: Baseline): Promise<void> {
  const Item = marshall({ ...keyOf(table), ...baseline });
  await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
}
