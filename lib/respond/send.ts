import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ChannelMessage } from './channels/messages.ts';
import type { CheckMessage, QueueMessage } from './messages.ts';
import type { ReportMessage } from './report-message.ts';

export interface CheckQueue {
  readonly client: SQSClient;
  readonly url: string;
}

/** SQS: at most 10 messages and 1 MiB a batch; entries that it refuses are sent again. */
const batchSize = 10;
const batchBytes = 1_000_000;
const attempts = 5;

/**
 * Sends every message, in batches.
 * @throws {Error} when SQS keeps refusing one: the caller's own input is then kept and comes again.
 */
export async function sendMessages(
  { client, url }: CheckQueue,
  messages: readonly (QueueMessage | ChannelMessage | ReportMessage)[],
): Promise<void> {
  for (const entries of batches(messages.map((message) => JSON.stringify(message)))) {
    let left = entries.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: url, Entries: left }),
      );
      const refused = new Set(Failed.map(({ Id }) => Id));
      left = left.filter(({ Id }) => refused.has(Id));
      if (left.length > 0 && attempt === attempts) {
        throw new Error(`${url} refused ${left.length} messages: ${Failed[0]?.Code ?? 'no reason given'}`);
      }
    }
  }
}

/** What the end of a batch waits for. */
export type Awaited = 'chunks' | 'subscriber';

/** Seconds until the message that announces what there is by then (SQS delays by 900 at most). */
const closeAfter: Readonly<Record<Awaited, number>> = { chunks: 600, subscriber: 300 };
/** Times that it is sent: longer than a chunk can keep coming back, which is six and a half hours. */
const closeRounds: Readonly<Record<Awaited, number>> = { chunks: 40, subscriber: 80 };

/**
 * Sends the messages of one batch. A batch of several is followed by the message that announces what was found even if one
 * of them never comes to its end.
 */
export async function sendBatch(queue: CheckQueue, messages: readonly CheckMessage[]): Promise<void> {
  await sendMessages(queue, messages);
  const [first] = messages;
  if (first !== undefined && messages.length > 1) await sendClose(queue, first.batch, 1, 'chunks');
}

/** Sends a batch's closing message, for the n-th time; after many rounds an open chunk is in the dead-letter queue. */
export async function sendClose(
  { client, url }: CheckQueue,
  batch: CheckMessage['batch'],
  round: number,
  awaited: Awaited,
): Promise<void> {
  if (round > closeRounds[awaited]) return;
  const message: QueueMessage = { kind: 'close', batch, round };
  await client.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: JSON.stringify(message),
      DelaySeconds: closeAfter[awaited],
    }),
  );
}

/** Seconds until a second look: IAM may take minutes until everybody sees a change (SQS delays by 900 at most). */
const secondLookAfter = 300;

/** Sends a message that is to be answered some time later. */
export async function sendLater(
  { client, url }: CheckQueue,
  message: QueueMessage,
  seconds = secondLookAfter,
): Promise<void> {
  await client.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: JSON.stringify(message),
      DelaySeconds: seconds,
    }),
  );
}

function batches(bodies: readonly string[]): string[][] {
  const result: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const last = result.at(-1);
    if (last === undefined || last.length === batchSize || bytes + size > batchBytes) {
      result.push([body]);
      bytes = size;
    } else {
      last.push(body);
      bytes += size;
    }
  }
  return result;
}
