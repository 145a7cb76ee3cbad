import { createHash } from 'node:crypto';
import { type MessageAttributes, md5OfAttributes } from './message-attributes.ts';

/** A message as it comes in. */
export interface OutgoingMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  /** Overrides the queue's DelaySeconds. */
  readonly delaySeconds?: number;
  /** The user id that signed, or the service. */
  readonly senderId: string;
  readonly traceHeader?: string;
}

/** A message in the hands of a consumer. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: MessageAttributes;
  readonly md5OfAttributes?: string;
  /** SentTimestamp, ApproximateReceiveCount, SenderId … */
  readonly systemAttributes: Readonly<Record<string, string>>;
}

/** A message in a queue. */
export interface StoredMessage extends Omit<OutgoingMessage, 'delaySeconds'> {
  readonly messageId: string;
  readonly sent: Date;
  /** On the timers' clock. */
  readonly expiresAt: number;
  visibleAt: number;
  /** Received and neither deleted nor visible again. */
  inFlight: boolean;
  receives: number;
  firstReceived?: Date;
  readonly deadLetterSource?: string;
}

/** What a consumer gets of a message. */
export function handedOut(message: StoredMessage): ReceivedMessage {
  const digest = md5OfAttributes(message.attributes ?? {});
  return {
    messageId: message.messageId,
    receiptHandle: Buffer.from(`${message.messageId}#${message.receives}`).toString('base64'),
    body: message.body,
    md5OfBody: md5(message.body),
    attributes: message.attributes ?? {},
    ...(digest !== undefined && { md5OfAttributes: digest }),
    systemAttributes: {
      SenderId: message.senderId,
      SentTimestamp: String(message.sent.getTime()),
      ApproximateReceiveCount: String(message.receives),
      ApproximateFirstReceiveTimestamp: String(message.firstReceived?.getTime() ?? 0),
      ...(message.deadLetterSource !== undefined && { DeadLetterQueueSourceArn: message.deadLetterSource }),
      ...(message.traceHeader !== undefined && { AWSTraceHeader: message.traceHeader }),
    },
  };
}

/** Bytes of a message as its limit counts them: body and attributes. */
export function messageSize(message: Pick<OutgoingMessage, 'body' | 'attributes'>): number {
  let size = Buffer.byteLength(message.body);
  for (const [name, attribute] of Object.entries(message.attributes ?? {})) {
    size += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType);
    size += Buffer.byteLength(attribute.StringValue ?? '') + (attribute.BinaryValue?.length ?? 0);
  }
  return size;
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
