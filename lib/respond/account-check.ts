import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { mergeChanges } from '#lib/change/merge.ts';
import { parseChanges } from '#lib/change/schema.ts';
import type { Change } from '#lib/change/types.ts';
import { ifHeld, partitionOf, type RecordTable } from '#lib/outbox/table.ts';
import { type AccountMessage, batchIdOf } from './messages.ts';

export interface AccountCheckSteps {
  readonly table: RecordTable;
  readonly now: () => Date;
  /** Puts everybody on the check queue, as the batch of this id. */
  readonly sweep: (id: string, causes: readonly Change[]) => Promise<unknown>;
  /** Sends a message that is to be answered some minutes later. */
  readonly sendLater: (message: AccountMessage) => Promise<void>;
}

/** Marks the batches that are checks of the whole account. */
const idPrefix = 'account-';
const secondSuffix = '-second';

export const isAccountCheck = ({ id }: { readonly id: string }): boolean => id.startsWith(idPrefix);

/** Has the whole account checked because of changes, at once or after the check that is running; and again later. */
export async function requestAccountCheck(
  causes: readonly Change[],
  steps: AccountCheckSteps,
): Promise<void> {
  await begin(`${idPrefix}${batchIdOf(causes)}`, causes, steps);
}

/** The second look at the whole account: IAM may not have shown the change at the first. */
export const repeatAccountCheck = (
  { id, changes }: AccountMessage,
  steps: AccountCheckSteps,
): Promise<void> => begin(id, changes, steps);

/** To be called when a check of the account is done: what has waited for its end has its turn. */
export async function endAccountCheck(id: string, steps: AccountCheckSteps): Promise<void> {
  const waiting = await releaseAccountCheck(steps.table, id);
  if (waiting.length > 0) await requestAccountCheck(waiting, steps);
}

async function begin(id: string, causes: readonly Change[], steps: AccountCheckSteps): Promise<void> {
  const changes = await claimAccountCheck(steps.table, id, causes, steps.now());
  if (changes === undefined) return;
  await steps.sweep(id, changes);
  if (!id.endsWith(secondSuffix))
    await steps.sendLater({ kind: 'account', id: `${id}${secondSuffix}`, changes });
}

/**
 * Events that do not say whom they affect lead to a check of the whole account, and anybody can make such events. So
 * one such check runs at a time: what comes meanwhile waits in this one item of the table, and becomes the next check,
 * with everybody named who caused it.
 */
const keyOf = (table: RecordTable) => marshall({ pk: partitionOf(table, 'account-check'), sk: 'state' });

const stateItem = z.object({ running: z.string(), waiting: z.optional(z.string()) });

/** Seconds after which a check of the account is given up for dead, and the next one may begin. */
const runningSeconds = 1800;
/** Causes that wait by name; all others are in CloudTrail. */
const mostWaiting = 100;

/**
 * Asks for a check of the whole account. Answers the changes with which it is to begin now, those that waited among
 * them; `undefined` where another one is running, after which this one will have its turn.
 *
 * @param id of the check; the same id again begins the same check.
 */
async function claimAccountCheck(
  table: RecordTable,
  id: string,
  causes: readonly Change[],
  now: Date,
): Promise<readonly Change[] | undefined> {
  const endsAt = new Date(now.getTime() + runningSeconds * 1000).toISOString();
  const begun = await ifHeld(() =>
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(table),
        UpdateExpression: 'SET running = :id, endsAt = :ends REMOVE waiting',
        ConditionExpression: 'attribute_not_exists(pk) OR running = :id OR endsAt < :now',
        ExpressionAttributeValues: marshall({ ':id': id, ':now': now.toISOString(), ':ends': endsAt }),
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  if (begun !== undefined) return mergeChanges(waitingIn(begun.Attributes), causes);
  return (await addWaiting(table, causes)) ? undefined : claimAccountCheck(table, id, causes, now);
}

/** Adds to those that wait; `false` where nothing is running any more. */
async function addWaiting(table: RecordTable, causes: readonly Change[]): Promise<boolean> {
  const { Item: item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: keyOf(table), ConsistentRead: true }),
  );
  if (item === undefined) return false;
  const { running, waiting: before } = stateItem.parse(unmarshall(item));
  const waiting = JSON.stringify(mergeChanges(waitingIn(item), causes).slice(0, mostWaiting));
  const values = {
    ':waiting': waiting,
    ':running': running,
    ...(before === undefined ? {} : { ':before': before }),
  };
  const added = await ifHeld(() =>
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(table),
        UpdateExpression: 'SET waiting = :waiting',
        ConditionExpression: `running = :running AND ${before === undefined ? 'attribute_not_exists(waiting)' : 'waiting = :before'}`,
        ExpressionAttributeValues: marshall(values),
      }),
    ),
  );
  return added !== undefined || addWaiting(table, causes);
}

/**
 * Says that a check of the account is done. Answers the changes that have waited for it; none, where nothing waits or
 * where another check is the one that runs.
 */
async function releaseAccountCheck(table: RecordTable, id: string): Promise<readonly Change[]> {
  const ended = await ifHeld(() =>
    table.client.send(
      new DeleteItemCommand({
        TableName: table.name,
        Key: keyOf(table),
        ConditionExpression: 'running = :id',
        ExpressionAttributeValues: marshall({ ':id': id }),
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  return waitingIn(ended?.Attributes);
}

function waitingIn(item: Record<string, AttributeValue> | undefined): readonly Change[] {
  const { waiting } = item === undefined ? {} : stateItem.parse(unmarshall(item));
  return waiting === undefined ? [] : parseChanges(waiting);
}
