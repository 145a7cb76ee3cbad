import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { changeSchema } from '#lib/change/schema.ts';
import type { Change } from '#lib/change/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { describeSchemaError } from '#lib/errors.ts';
import type { Batch } from '#lib/outbox/batch.ts';

/** A principal of a check message: named as IAM's events name it, `role/analyst`, and the changes that touched it. */
export interface AskedPrincipal {
  readonly subject: string;
  /** Event ids, of those that the message carries. */
  readonly changes: readonly string[];
  /** An event said that it was deleted, so its absence is no riddle. */
  readonly gone?: boolean | undefined;
  /** The changes are of a role through which others come to it: they say nothing of its own policies. */
  readonly behind?: boolean | undefined;
}

/** Check these principals; part `chunk` of a batch. */
export interface CheckMessage {
  readonly kind: 'check';
  readonly batch: Batch;
  readonly chunk: number;
  readonly principals: readonly AskedPrincipal[];
  /** Checked already by an invocation that ran out of time; they belong to the same chunk. */
  readonly done: readonly string[];
  readonly changes: readonly Change[];
  /** The reading of the account that all messages of the batch share, see `Readings`; absent: read what it takes. */
  readonly reading?: string | undefined;
  /** The second look at principals whom the first has found as they were before their changes. */
  readonly second?: boolean | undefined;
  /** How often these principals have been tried while IAM's simulator did not answer about them. */
  readonly tries?: number | undefined;
}

/** Check the whole account once more, after an event that did not say whom it affects. */
export interface AccountMessage {
  readonly kind: 'account';
  /** Of the batch that it becomes. */
  readonly id: string;
  readonly changes: readonly Change[];
}

/** Announce what a batch has found so far, even if a chunk of it never ends. */
export interface CloseMessage {
  readonly kind: 'close';
  readonly batch: Batch;
  /** 1 for the first; sent again while chunks are still open. */
  readonly round: number;
}

export type QueueMessage = CheckMessage | CloseMessage | AccountMessage;

const batch = z.object({
  id: z.string(),
  chunks: z.number(),
  purpose: z.enum(['change', 'sweep', 'weekly-report']),
});

const messageSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('check'),
    batch,
    chunk: z.number(),
    principals: z.array(
      z.object({
        subject: z.string(),
        changes: z.array(z.string()),
        gone: z.optional(z.boolean()),
        behind: z.optional(z.boolean()),
      }),
    ),
    done: z.array(z.string()),
    changes: z.array(changeSchema),
    reading: z.optional(z.string()),
    second: z.optional(z.boolean()),
    tries: z.optional(z.number()),
  }),
  z.object({ kind: z.literal('account'), id: z.string(), changes: z.array(changeSchema) }),
  z.object({ kind: z.literal('close'), batch, round: z.number() }),
]);

/** Reads a message of the check queue. @throws {Error} when it is not one. */
export function parseMessage(body: string): QueueMessage {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error('a message of the check queue is not JSON');
  }
  assertMessage(value);
  return value;
}

function assertMessage(value: unknown): asserts value is QueueMessage {
  const parsed = z.safeParse(messageSchema, value);
  if (parsed.success) return;
  throw new Error(
    `a message of the check queue is not understood: ${describeSchemaError(parsed.error, 'message')}`,
  );
}

/** Principals in one message: few enough that a function checks them in minutes at IAM's pace. */
export const chunkSize = 25;
/** Principals in one message where they are asked about together: as many as are remembered in a minute. */
const mostAlike = 500;
/** Changes that one message carries; a digest counts the others. */
const changesPerChunk = 50;

export interface ChunkOptions {
  /** Principals in a message, or groups of them. */
  readonly size?: number;
  /** The same for principals about whom IAM is asked once; absent: each is a group. */
  readonly groupOf?: (principal: AskedPrincipal) => unknown;
}

/** Cuts a batch into messages. The same input makes the same messages. Several of them share one reading of the account. */
export function chunkBatch(
  id: string,
  purpose: Batch['purpose'],
  principals: readonly AskedPrincipal[],
  changes: readonly Change[],
  { size = chunkSize, groupOf = (one) => one }: ChunkOptions = {},
): readonly CheckMessage[] {
  const chunks = chunksOf(principals, size, groupOf);
  const byId = new Map(changes.map((change) => [change.eventId, change]));
  return chunks.map((asked, chunk) => {
    const wanted = [...new Set(asked.flatMap((principal) => principal.changes))].slice(0, changesPerChunk);
    return {
      kind: 'check',
      batch: { id, chunks: chunks.length, purpose },
      chunk,
      principals: asked,
      done: [],
      changes: wanted.flatMap((eventId) => byId.get(eventId) ?? []),
      ...(chunks.length > 1 ? { reading: id } : {}),
    };
  });
}

/** Those of one group follow one another; a chunk is so many groups, or so many principals where that is less. */
function chunksOf(
  principals: readonly AskedPrincipal[],
  size: number,
  groupOf: (principal: AskedPrincipal) => unknown,
): AskedPrincipal[][] {
  const chunks: AskedPrincipal[][] = [];
  let groups = 0;
  for (const group of groupBy(principals, groupOf).values()) {
    for (let start = 0; start < group.length; start += mostAlike) {
      const some = group.slice(start, start + mostAlike);
      const last = chunks.at(-1);
      if (last === undefined || groups === size || last.length + some.length > mostAlike) {
        chunks.push(some);
        groups = 1;
      } else {
        last.push(...some);
        groups += 1;
      }
    }
  }
  return chunks;
}

/** The id of the batch that changes lead to: the same changes, about the same principals, also when SQS delivers them again. */
export const batchIdOf = (
  changes: readonly Change[],
  principals: readonly Pick<AskedPrincipal, 'subject'>[] = [],
): string =>
  createHash('sha256')
    .update(
      [
        ...changes.map(({ eventId }) => eventId).sort(),
        ...principals.map(({ subject }) => subject.toLowerCase()).sort(),
      ].join('\n'),
    )
    .digest('hex')
    .slice(0, 32);
