import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { ExpectationsNotice } from '#lib/report/expectations-mail.ts';
import { pack, unpack } from './record-body.ts';
import { ifHeld, partitionOf, type RecordTable } from './table.ts';

/** An expectations.yaml that was taken from the stack's bucket: its text, and what was read of it (lib/expectation/deployed.ts). */
export interface AdoptedFile {
  readonly version: string;
  readonly text: string;
  readonly deployed: string;
}

/** What is known of the object of expectations, and which of its versions holds. */
export interface Adopted {
  /** Counts the writes, so that of two at once one is told to begin again. */
  readonly revision: number;
  /** The version looked at last; absent: there was no object. */
  readonly seen?: string | undefined;
  /** What holds; absent: what was deployed with the functions. */
  readonly file?: AdoptedFile | undefined;
  /** What the team has not heard yet, oldest first. */
  readonly untold: readonly ExpectationsNotice[];
}

const nothing: Adopted = { revision: 0, untold: [] };

/** DynamoDB's limit is 400 KB an item (DynamoDB Developer Guide, "Constraints"); the notices need some of it. */
const largestFile = 330_000;

const keyOf = (table: RecordTable) => ({ pk: partitionOf(table, 'expectations'), sk: 'state' });

const noticeSchema = z.object({
  kind: z.enum(['adopted', 'refused', 'withdrawn']),
  at: z.string(),
  version: z.optional(z.string()),
  restored: z.optional(z.boolean()),
  author: z.optional(
    z.object({ account: z.string(), sourceIp: z.string(), requestId: z.string(), at: z.string() }),
  ),
  problems: z.array(z.string()),
  lines: z.array(z.string()),
});
const itemSchema = z.object({
  revision: z.number(),
  seen: z.optional(z.string()),
  version: z.optional(z.string()),
  packed: z.optional(z.instanceof(Uint8Array)),
  untold: z.string(),
});
const fileSchema = z.object({ text: z.string(), deployed: z.string() });

/** The file that this process has unpacked last. */
let unpacked: AdoptedFile | undefined;

export async function readAdopted(table: RecordTable): Promise<Adopted> {
  const { Item: found } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: marshall(keyOf(table)), ConsistentRead: true }),
  );
  if (found === undefined) return nothing;
  const { revision, seen, version, packed, untold } = itemSchema.parse(unmarshall(found));
  if (version !== undefined && packed !== undefined && unpacked?.version !== version) {
    unpacked = { version, ...fileSchema.parse(JSON.parse(await unpack(packed))) };
  }
  return {
    revision,
    seen,
    untold: z.array(noticeSchema).parse(JSON.parse(untold)),
    ...(version !== undefined && unpacked?.version === version && { file: unpacked }),
  };
}

const packFile = ({ text, deployed }: AdoptedFile): Promise<Buffer> =>
  pack(JSON.stringify({ text, deployed }));

/** Whether the table has room for a file. */
export const canKeep = async (file: AdoptedFile): Promise<boolean> =>
  (await packFile(file)).length <= largestFile;

/** Replaces what `readAdopted` answered with that revision. Answers whether nobody else did so in between. */
export async function writeAdopted(table: RecordTable, next: Adopted): Promise<boolean> {
  const { revision, seen, file, untold } = next;
  const item = {
    ...keyOf(table),
    revision: revision + 1,
    ...(seen !== undefined && { seen }),
    ...(file !== undefined && { version: file.version, packed: await packFile(file) }),
    untold: JSON.stringify(untold),
  };
  const written = await ifHeld(() =>
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: marshall(item),
        ConditionExpression: 'attribute_not_exists(revision) OR revision = :revision',
        ExpressionAttributeValues: marshall({ ':revision': revision }),
      }),
    ),
  );
  return written !== undefined;
}
