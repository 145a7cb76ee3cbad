import type { z } from 'zod';
import { authorizeOnResource } from '../authorization/resource-policy.ts';
import { type Timers, waitUntil } from '../timers.ts';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import { jsonResponse, readJson } from '../wire/json-protocol.ts';
import type { World } from '../world.ts';
import { inputError, queryErrorHeader } from './input-errors.ts';
import { messageSize, type ReceivedMessage } from './message.ts';
import { selectAttributes } from './message-attributes.ts';
import type { Queue } from './queue.ts';
import { checkAttributeNames, describe, noSuchQueue, type Queues } from './queues.ts';
import * as requests from './requests.ts';

/** The largest batch: Amazon SQS Developer Guide, "Message quotas". */
const maxBatchBytes = 1_048_576;

type Operation = (request: LocalRequest) => unknown;

const read = <T extends z.ZodType>(schema: T, request: LocalRequest): z.output<T> =>
  readJson(schema, request, inputError);

/** Amazon SQS as the SDK and the CLI speak it: AWS JSON 1.0. Standard queues only. */
export class SqsService implements LocalService {
  readonly signingNames = ['sqs'];
  readonly protocol = 'json';
  readonly #world: World;
  readonly #queues: Queues;
  readonly #timers: Timers;

  constructor(world: World, queues: Queues, timers: Timers) {
    this.#world = world;
    this.#queues = queues;
    this.#timers = timers;
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    const operation = this.#operations[request.operation];
    if (operation === undefined) {
      throw new AwsError('UnsupportedOperation', `the embedded AWS has no sqs:${request.operation}`);
    }
    return jsonResponse('1.0', await operation(request));
  }

  errorHeaders(error: AwsError): Record<string, string> {
    return queryErrorHeader(error);
  }

  readonly #operations: Readonly<Record<string, Operation>> = {
    CreateQueue: (request) => {
      const { QueueName, Attributes, tags } = read(requests.createQueue, request);
      request.authorize('sqs:CreateQueue', this.#queues.arnOf(QueueName));
      const queue = this.#queues.create(QueueName, Attributes);
      for (const [key, value] of Object.entries(tags)) queue.tags.set(key, value);
      return { QueueUrl: urlOf(request, queue) };
    },
    GetQueueUrl: (request) => {
      const { QueueName } = read(requests.queueName, request);
      request.authorize('sqs:GetQueueUrl', this.#queues.arnOf(QueueName));
      const queue = this.#queues.byName(QueueName);
      if (queue === undefined) throw noSuchQueue();
      return { QueueUrl: urlOf(request, queue) };
    },
    ListQueues: (request) => {
      const { QueueNamePrefix, MaxResults, NextToken } = read(requests.listQueues, request);
      request.authorize('sqs:ListQueues', '*');
      const all = this.#queues.all().filter((queue) => queue.name.startsWith(QueueNamePrefix));
      const start = Number(NextToken ?? 0);
      const end = MaxResults === undefined ? all.length : start + MaxResults;
      return {
        QueueUrls: all.slice(start, end).map((queue) => urlOf(request, queue)),
        ...(end < all.length && { NextToken: String(end) }),
      };
    },
    DeleteQueue: (request) => {
      const { QueueUrl } = read(requests.queueUrl, request);
      this.#queues.remove(this.#allowed(request, 'DeleteQueue', QueueUrl));
    },
    GetQueueAttributes: (request) => {
      const { QueueUrl, AttributeNames } = read(requests.getQueueAttributes, request);
      const described = describe(this.#allowed(request, 'GetQueueAttributes', QueueUrl));
      checkAttributeNames(AttributeNames);
      const wanted = Object.entries(described).filter(
        ([name]) => AttributeNames.includes('All') || AttributeNames.includes(name),
      );
      return { Attributes: Object.fromEntries(wanted) };
    },
    SetQueueAttributes: (request) => {
      const { QueueUrl, Attributes } = read(requests.setQueueAttributes, request);
      this.#queues.setAttributes(this.#allowed(request, 'SetQueueAttributes', QueueUrl), Attributes);
    },
    ListQueueTags: (request) => {
      const { QueueUrl } = read(requests.queueUrl, request);
      const { tags } = this.#allowed(request, 'ListQueueTags', QueueUrl);
      return tags.size === 0 ? {} : { Tags: Object.fromEntries(tags) };
    },
    TagQueue: (request) => {
      const { QueueUrl, Tags } = read(requests.tagQueue, request);
      const { tags } = this.#allowed(request, 'TagQueue', QueueUrl);
      for (const [key, value] of Object.entries(Tags)) tags.set(key, value);
    },
    UntagQueue: (request) => {
      const { QueueUrl, TagKeys } = read(requests.untagQueue, request);
      const { tags } = this.#allowed(request, 'UntagQueue', QueueUrl);
      for (const key of TagKeys) tags.delete(key);
    },
    PurgeQueue: (request) => {
      const { QueueUrl } = read(requests.queueUrl, request);
      this.#allowed(request, 'PurgeQueue', QueueUrl).purge();
    },

    SendMessage: (request) => {
      const { QueueUrl, ...message } = read(requests.sendMessage, request);
      return send(this.#allowed(request, 'SendMessage', QueueUrl), request, message);
    },
    SendMessageBatch: (request) => {
      const { QueueUrl, Entries } = read(requests.sendMessageBatch, request);
      const queue = this.#allowed(request, 'SendMessage', QueueUrl);
      const bytes = Entries.reduce((sum, entry) => {
        return sum + messageSize({ body: entry.MessageBody, attributes: entry.MessageAttributes });
      }, 0);
      if (bytes > maxBatchBytes) {
        throw new AwsError(
          'BatchRequestTooLong',
          `Batch requests cannot be longer than ${maxBatchBytes} bytes. You have sent ${bytes} bytes.`,
        );
      }
      return batch(Entries, (entry) => send(queue, request, entry));
    },
    ReceiveMessage: async (request) => {
      const input = read(requests.receiveMessage, request);
      const queue = this.#allowed(request, 'ReceiveMessage', input.QueueUrl);
      const seconds = input.WaitTimeSeconds ?? Number(queue.attributes.ReceiveMessageWaitTimeSeconds);
      const deadline = this.#timers.now() + seconds * 1000;
      const take = () => queue.receive(input.MaxNumberOfMessages, input.VisibilityTimeout);
      let messages = take();
      while (messages.length === 0 && this.#timers.now() < deadline) {
        const until = Math.min(deadline, queue.nextVisibleAt() ?? deadline);
        await waitUntil(this.#timers, until, (wake) => queue.onChange(wake));
        messages = take();
      }
      return messages.length === 0 ? {} : { Messages: messages.map((message) => shown(message, input)) };
    },
    DeleteMessage: (request) => {
      const { QueueUrl, ReceiptHandle } = read(requests.deleteMessage, request);
      this.#allowed(request, 'DeleteMessage', QueueUrl).delete(ReceiptHandle);
    },
    DeleteMessageBatch: (request) => {
      const { QueueUrl, Entries } = read(requests.deleteMessageBatch, request);
      const queue = this.#allowed(request, 'DeleteMessage', QueueUrl);
      return batch(Entries, (entry) => {
        queue.delete(entry.ReceiptHandle);
        return undefined;
      });
    },
    ChangeMessageVisibility: (request) => {
      const { QueueUrl, ReceiptHandle, VisibilityTimeout } = read(requests.changeVisibility, request);
      this.#allowed(request, 'ChangeMessageVisibility', QueueUrl).changeVisibility(
        ReceiptHandle,
        VisibilityTimeout,
      );
    },
    ChangeMessageVisibilityBatch: (request) => {
      const { QueueUrl, Entries } = read(requests.changeVisibilityBatch, request);
      const queue = this.#allowed(request, 'ChangeMessageVisibility', QueueUrl);
      return batch(Entries, (entry) => {
        queue.changeVisibility(entry.ReceiptHandle, entry.VisibilityTimeout);
        return undefined;
      });
    },

    ListDeadLetterSourceQueues: (request) => {
      const { QueueUrl } = read(requests.queueUrl, request);
      const queue = this.#allowed(request, 'ListDeadLetterSourceQueues', QueueUrl);
      return { queueUrls: this.#sourcesOf(queue).map((one) => urlOf(request, one)) };
    },
    StartMessageMoveTask: (request) => {
      const { SourceArn, DestinationArn } = read(requests.startMessageMoveTask, request);
      const queue = this.#queues.find(SourceArn);
      if (queue === undefined)
        throw new AwsError('ResourceNotFoundException', 'The resource does not exist.', 404);
      request.authorize('sqs:StartMessageMoveTask', SourceArn);
      if (this.#sourcesOf(queue).length === 0) {
        throw new AwsError(
          'InvalidParameterValue',
          'Source queue must be configured as a Dead Letter Queue.',
        );
      }
      queue.redrive(DestinationArn === undefined ? undefined : this.#queues.find(DestinationArn));
      return { TaskHandle: Buffer.from(request.requestId).toString('base64') };
    },
  };

  /** The queues whose dead letters go to a queue. */
  #sourcesOf(queue: Queue): Queue[] {
    return this.#queues.all().filter((one) => one.redrivePolicy()?.target === queue);
  }

  /** The queue of a URL, where the caller may do that to it. */
  #allowed(request: LocalRequest, operation: string, queueUrl: string): Queue {
    const name = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
    const queue = this.#queues.byName(name);
    const arn = this.#queues.arnOf(name);
    authorizeOnResource(this.#world, request, `sqs:${operation}`, arn, queue?.attributes.Policy);
    if (queue === undefined) throw noSuchQueue();
    return queue;
  }
}

/** The queue's URL on the address at which the caller reached us. */
function urlOf(request: LocalRequest, queue: Queue): string {
  return `http://${request.headers.host ?? 'localhost'}/${request.caller.accountId}/${queue.name}`;
}

function send(queue: Queue, request: LocalRequest, message: requests.Message) {
  const sent = queue.send({
    body: message.MessageBody,
    attributes: message.MessageAttributes,
    senderId: request.caller.userId,
    ...(message.DelaySeconds !== undefined && { delaySeconds: message.DelaySeconds }),
    ...(message.MessageSystemAttributes?.AWSTraceHeader !== undefined && {
      traceHeader: message.MessageSystemAttributes.AWSTraceHeader.StringValue,
    }),
  });
  return {
    MessageId: sent.messageId,
    MD5OfMessageBody: sent.md5OfBody,
    ...(sent.md5OfAttributes !== undefined && { MD5OfMessageAttributes: sent.md5OfAttributes }),
  };
}

function shown(message: ReceivedMessage, input: requests.ReceiveMessage) {
  const wanted = [...input.AttributeNames, ...input.MessageSystemAttributeNames];
  const system = Object.entries(message.systemAttributes).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  const attributes = selectAttributes(message.attributes, input.MessageAttributeNames);
  const some = Object.keys(attributes).length > 0;
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: message.md5OfBody,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(some && { MessageAttributes: attributes, MD5OfMessageAttributes: message.md5OfAttributes }),
  };
}

/** Does each entry by itself: what fails is reported and the others are done. */
function batch<E extends { readonly Id: string }>(
  entries: readonly E[],
  act: (entry: E) => object | undefined,
) {
  const Successful: object[] = [];
  const Failed: object[] = [];
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
    throw new AwsError(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    );
  }
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}
