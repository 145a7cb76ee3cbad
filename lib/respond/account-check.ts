import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mergeChanges } from '#lib/change/merge.ts';
import { parseChanges } from '#lib/change/schema.ts';
import type { Change } from '#lib/change/types.ts';
import type { RecordTable } from '#lib/outbox/store.ts';
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
const key = { pk: { S: 'account-check' }, sk: { S: 'state' } };

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
  const begun = await holds(() =>
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: key,
        UpdateExpression: 'SET running = :id, endsAt = :ends REMOVE waiting',
        ConditionExpression: 'attribute_not_exists(pk) OR running = :id OR endsAt < :now',
        ExpressionAttributeValues: {
          ':id': { S: id },
          ':now': { S: now.toISOString() },
          ':ends': { S: new Date(now.getTime() + runningSeconds * 1000).toISOString() },
        },
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  if (begun !== undefined) return mergeChanges(parseWaiting(begun.Attributes?.waiting?.S), causes);
  return (await addWaiting(table, causes)) ? undefined : claimAccountCheck(table, id, causes, now);
}

/** Adds to those that wait; `false` where nothing is running any more. */
async function addWaiting(table: RecordTable, causes: readonly Change[]): Promise<boolean> {
  const { Item: item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: key, ConsistentRead: true }),
  );
  if (item === undefined) return false;
  const before = item.waiting?.S;
  const waiting = JSON.stringify(mergeChanges(parseWaiting(before), causes).slice(0, mostWaiting));
  const added = await holds(() =>
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: key,
        UpdateExpression: 'SET waiting = :waiting',
        ConditionExpression: `running = :running AND ${before === undefined ? 'attribute_not_exists(waiting)' : 'waiting = :before'}`,
        ExpressionAttributeValues: {
          ':waiting': { S: waiting },
          ':running': item.running ?? { S: '' },
          ...(before === undefined ? {} : { ':before': { S: before } }),
        },
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
  const ended = await holds(() =>
    table.client.send(
      new DeleteItemCommand({
        TableName: table.name,
        Key: key,
        ConditionExpression: 'running = :id',
        ExpressionAttributeValues: { ':id': { S: id } },
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  return parseWaiting(ended?.Attributes?.waiting?.S);
}

const parseWaiting = (text: string | undefined): readonly Change[] =>
  text === undefined ? [] : parseChanges(text);

/** What a conditional write answered; `undefined` when its condition did not hold. */
async function holds<Answer>(write: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
