import {
  ChangeMessageVisibilityCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerlessAws, startServerlessAws } from '../../src/platform.ts';
import { emptyAccount } from '../bundle.ts';

let aws: ServerlessAws;
let sqs: SQSClient;
let QueueUrl: string;
beforeAll(async () => {
  aws = await startServerlessAws({ account: emptyAccount });
  QueueUrl = `${aws.endpoint}/123456789012/${aws.platform.queues.create('jobs').name}`;
  sqs = new SQSClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.world.issue({ kind: 'root' }),
    maxAttempts: 1,
  });
});
afterAll(async () => {
  sqs.destroy();
  await aws.stop();
});

const entry = (Id: string) => ({ Id, MessageBody: 'x' });

it.each<[string, () => Promise<unknown>, string, string]>([
  [
    'a queue that is not there',
    () => sqs.send(new GetQueueUrlCommand({ QueueName: 'nothing' })),
    'QueueDoesNotExist',
    'The specified queue does not exist.',
  ],
  [
    'eleven messages at once',
    () => sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 })),
    'InvalidParameterValue',
    'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
  ],
  [
    'a wait of 21 seconds',
    () => sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 21 })),
    'InvalidParameterValue',
    'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
  ],
  [
    'a delay of 901 seconds',
    () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds: 901 })),
    'InvalidParameterValue',
    'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
  ],
  [
    'an empty batch',
    () => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] })),
    'EmptyBatchRequest',
    'There should be at least one entry in the request.',
  ],
  [
    'a batch of eleven',
    () =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [...'abcdefghijk'].map((id) => entry(id)) })),
    'TooManyEntriesInBatchRequest',
    'Maximum number of entries per request are 10. You have sent 11.',
  ],
  [
    'an entry with a space in its id',
    () => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [entry('a b')] })),
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  ],
  [
    'a receipt handle that is missing',
    () =>
      sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: undefined, VisibilityTimeout: 1 }),
      ),
    'MissingParameter',
    'The request must contain the parameter ReceiptHandle.',
  ],
])('refuses %s in the words of SQS', async (_, call, name, message) => {
  await expect(call()).rejects.toMatchObject({ name, message });
});

it('says an error in the words of the older protocol, too', async () => {
  const headers: Record<string, string> = {};
  sqs.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const response = (error as { $response?: { headers: Record<string, string> } }).$response;
        Object.assign(headers, response?.headers);
        throw error;
      }
    },
    { step: 'finalizeRequest', name: 'keepHeaders' },
  );
  await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'nothing' }))).rejects.toThrow();
  expect(headers['x-amzn-query-error']).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
});
