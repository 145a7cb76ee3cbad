import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
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

it.each([
  '{}',
  'text',
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}',
])('takes no policy that is none: %s', async (Policy) => {
  const set = (attributes: Record<string, string>) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: attributes }));
  await expect(set({ Policy })).rejects.toMatchObject({
    name: 'InvalidAttributeValue',
    message: 'Invalid value for the parameter Policy.',
  });
  // An empty one takes it away, as it does when a queue is made.
  await set({ Policy: '' });
  await sqs.send(
    new CreateQueueCommand({ QueueName: 'bare', Attributes: { Policy: '', RedrivePolicy: '' } }),
  );
  await expect(set({ DelaySeconds: '' })).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
});

it('moves messages from a dead-letter queue only, and names whose it is', async () => {
  const dead = aws.platform.queues.create('dead');
  const url = `${aws.endpoint}/123456789012/dead`;
  const move = () => sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }));
  await expect(move()).rejects.toThrow('Source queue must be configured as a Dead Letter Queue.');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
  await move();
  const sources = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: url }));
  expect(sources.queueUrls).toEqual([QueueUrl]);
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy: '' } }));
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
    'an attribute that there is not',
    () =>
      sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ['Nope' as 'All'],
        }),
      ),
    'InvalidAttributeName',
    'Unknown Attribute Nope.',
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
