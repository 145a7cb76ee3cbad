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
  await begin(checkIdOf(causes), causes, steps);
}

const checkIdOf = (causes: readonly Change[]): string => `${idPrefix}${batchIdOf(causes)}`;

/** The second look at the whole account: IAM may not have shown the change at the first. */
export const repeatAccountCheck = (
  { id, changes }: AccountMessage,
  steps: AccountCheckSteps,
): Promise<void> => begin(id, changes, steps);

/** To be called when a check of the account is done: what has waited for its end has its turn. */
export async function endAccountCheck(id: string, steps: AccountCheckSteps): Promise<void> {
  const state = await readState(steps.table);
  if (state?.running !== id) return;
  const { waiting } = state;
  if (waiting !== undefined) {
    const causes = parseChanges(waiting);
    const next = checkIdOf(causes);
    // Begun before it is written that it runs: who dies in between begins the same check again.
    await send(next, causes, steps);
    if (await succeed(steps, { id, waiting, next })) return;
  } else if (await release(steps.table, id)) return;
  // More has come to wait in the meantime.
  await endAccountCheck(id, steps);
}

async function begin(id: string, causes: readonly Change[], steps: AccountCheckSteps): Promise<void> {
  const changes = await claimAccountCheck(steps.table, id, causes, steps.now());
  if (changes !== undefined) await send(id, changes, steps);
}

async function send(id: string, changes: readonly Change[], steps: AccountCheckSteps): Promise<void> {
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
const endOf = (now: Date): string => new Date(now.getTime() + runningSeconds * 1000).toISOString();
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
  const begun = await ifHeld(() =>
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(table),
        UpdateExpression: 'SET running = :id, endsAt = :ends REMOVE waiting',
        ConditionExpression: 'attribute_not_exists(pk) OR running = :id OR endsAt < :now',
        ExpressionAttributeValues: marshall({ ':id': id, ':now': now.toISOString(), ':ends': endOf(now) }),
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

/** Says that no check of the account runs; `false` where that is not so, because something waits. */
async function release(table: RecordTable, id: string): Promise<boolean> {
  const ended = await ifHeld(() =>
    table.client.send(
      new DeleteItemCommand({
        TableName: table.name,
        Key: keyOf(table),
        ConditionExpression: 'attribute_not_exists(pk) OR (running = :id AND attribute_not_exists(waiting))',
        ExpressionAttributeValues: marshall({ ':id': id }),
      }),
    ),
  );
  return ended !== undefined;
}

/** Says that the check of what has waited runs; `false` where more has come to wait. */
async function succeed(
  { table, now }: AccountCheckSteps,
  { id, waiting, next }: { readonly id: string; readonly waiting: string; readonly next: string },
): Promise<boolean> {
  const values = { ':id': id, ':waiting': waiting, ':next': next, ':ends': endOf(now()) };
  const written = await ifHeld(() =>
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(table),
        UpdateExpression: 'SET running = :next, endsAt = :ends REMOVE waiting',
        ConditionExpression: 'running = :next OR (running = :id AND waiting = :waiting)',
        ExpressionAttributeValues: marshall(values),
      }),
    ),
  );
  return written !== undefined;
}

async function readState(table: RecordTable) {
  const { Item: item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: keyOf(table), ConsistentRead: true }),
  );
  return item && stateItem.parse(unmarshall(item));
}

function waitingIn(item: Record<string, AttributeValue> | undefined): readonly Change[] {
  const { waiting } = item === undefined ? {} : stateItem.parse(unmarshall(item));
  return waiting === undefined ? [] : parseChanges(waiting);
}
