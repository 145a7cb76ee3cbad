import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { Hold } from '#lib/respond/hold.ts';
import type { CheckQueue } from '#lib/respond/send.ts';

/**
 * Answers an event of a queue: the messages are held while `act` works on them, and those whose ids it answers come again
 * by and by. Where it throws, all of them do.
 */
export async function takeMessages(
  queue: CheckQueue,
  records: readonly SQSRecord[],
  act: () => Promise<readonly string[]>,
): Promise<SQSBatchResponse> {
  const hold = new Hold(
    queue,
    records.map(({ messageId, receiptHandle, attributes }) => ({
      messageId,
      receiptHandle,
      receives: Number(attributes.ApproximateReceiveCount),
    })),
  );
  let failed: readonly string[] = records.map(({ messageId }) => messageId);
  await hold.begin();
  try {
    failed = await act();
  } finally {
    await hold.end(new Set(failed));
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
