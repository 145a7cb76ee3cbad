import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The history table, as far as it is about one account. */
export interface RecordTable {
  readonly client: DynamoDBClient;
  readonly name: string;
  /** Begins every partition key, so that one table can hold what is known of many accounts. */
  readonly accountId: string;
}

/** `123456789012#principal#role/analyst` */
export const partitionOf = ({ accountId }: RecordTable, kind: string, name?: string): string =>
  name === undefined ? `${accountId}#${kind}` : `${accountId}#${kind}#${name}`;

/** Seconds for which what belongs to a burst of changes is kept: longer than any queue keeps a message. */
const keptSeconds = 15 * 86_400;

/** For `expiresAt`, which DynamoDB's time to live reads: seconds since 1970. */
export const expiryAfter = (now: Date, seconds = keptSeconds): number =>
  Math.floor(now.getTime() / 1000) + seconds;

/** What a conditional write answered; `undefined` when its condition did not hold. */
export async function ifHeld<Answer>(write: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
