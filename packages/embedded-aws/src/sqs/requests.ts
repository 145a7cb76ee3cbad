import { z } from 'zod';
import { messageAttributesSchema } from './message-attributes.ts';

const QueueUrl = z.string();
const QueueName = z.string();
const attributes = z.record(z.string(), z.string()).default({});
const tags = z.record(z.string(), z.string());
const names = z.array(z.string()).default([]);

export const createQueue = z.object({ QueueName, Attributes: attributes, tags: tags.default({}) });
export const queueName = z.object({ QueueName });
export const queueUrl = z.object({ QueueUrl });
export const tagQueue = z.object({ QueueUrl, Tags: tags });
export const untagQueue = z.object({ QueueUrl, TagKeys: z.array(z.string()) });
export const listQueues = z.object({
  QueueNamePrefix: z.string().default(''),
  MaxResults: z.number().int().min(1).max(1000).optional(),
  NextToken: z.string().optional(),
});
export const getQueueAttributes = z.object({ QueueUrl, AttributeNames: names });
export const setQueueAttributes = z.object({ QueueUrl, Attributes: attributes });

const message = {
  MessageBody: z.string(),
  DelaySeconds: z.number().int().min(0).max(900).optional(),
  MessageAttributes: messageAttributesSchema.default({}),
  MessageSystemAttributes: z
    .object({ AWSTraceHeader: z.object({ StringValue: z.string() }).optional() })
    .optional(),
};
const messageSchema = z.object(message);
export type Message = z.infer<typeof messageSchema>;
export const sendMessage = z.object({ QueueUrl, ...message });

const Id = z.string().regex(/^[\w-]{1,80}$/);
/** 1 to 10 entries. */
const entries = <T extends z.ZodRawShape>(shape: T) =>
  z
    .array(z.object({ Id, ...shape }))
    .min(1)
    .max(10);
export const sendMessageBatch = z.object({ QueueUrl, Entries: entries(message) });

export const receiveMessage = z.object({
  QueueUrl,
  MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
  VisibilityTimeout: z.number().int().min(0).max(43_200).optional(),
  WaitTimeSeconds: z.number().int().min(0).max(20).optional(),
  AttributeNames: names,
  MessageSystemAttributeNames: names,
  MessageAttributeNames: names,
});
export type ReceiveMessage = z.infer<typeof receiveMessage>;

const ReceiptHandle = z.string();
export const deleteMessage = z.object({ QueueUrl, ReceiptHandle });
export const deleteMessageBatch = z.object({ QueueUrl, Entries: entries({ ReceiptHandle }) });
const VisibilityTimeout = z.number().int().min(0).max(43_200);
export const changeVisibility = z.object({ QueueUrl, ReceiptHandle, VisibilityTimeout });
export const changeVisibilityBatch = z.object({
  QueueUrl,
  Entries: entries({ ReceiptHandle, VisibilityTimeout }),
});
export const startMessageMoveTask = z.object({
  SourceArn: z.string(),
  DestinationArn: z.string().optional(),
});
