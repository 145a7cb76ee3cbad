import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../../src/aws.ts';
import { Queues } from '../../src/sqs/queues.ts';
import { SqsService } from '../../src/sqs/service.ts';
import { Timers } from '../../src/timers.ts';

const timers = new Timers();
let aws: LocalAws;
let queues: Queues;
let sqs: SQSClient;

const clientOf = (credentials: ReturnType<LocalAws['credentialsFor']>) =>
  new SQSClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials });

beforeAll(async () => {
  aws = await startLocalAws({
    account: { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [] },
    services: [
      (world) => {
        queues = new Queues(world, timers);
        return new SqsService(world, queues, timers);
      },
    ],
  });
  sqs = clientOf(
    aws.credentialsFor({
      policies: ['{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}'],
    }),
  );
});
afterAll(async () => {
  sqs.destroy();
  timers.stop();
  await aws.stop();
});

let number = 0;
async function newQueue(Attributes: Record<string, string> = {}): Promise<string> {
  number += 1;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `queue-${number}`, Attributes }));
  return QueueUrl ?? '';
}
const receive = async (QueueUrl: string, MaxNumberOfMessages = 10) =>
  (
    await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    )
  ).Messages ?? [];

describe('messages', () => {
  it('are received with their attributes, hidden meanwhile, and gone when deleted', async () => {
    const QueueUrl = await newQueue();
    const sent = await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'hello ☃',
        MessageAttributes: {
          kind: { DataType: 'String', StringValue: 'greeting' },
          raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
        },
      }),
    );
    const [message] = await receive(QueueUrl);
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'hello ☃',
      Attributes: { ApproximateReceiveCount: '1', SenderId: 'AROALOCALCALLER000000:caller' },
      MessageAttributes: { kind: { StringValue: 'greeting' } },
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    });
    expect(await receive(QueueUrl)).toEqual([]);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    timers.skip();
    expect(await receive(QueueUrl)).toEqual([]);
  });

  it('come back after the visibility timeout; an old handle deletes nothing', async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: '60' });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again' }));
    const [first] = await receive(QueueUrl);
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: first?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    const [second] = await receive(QueueUrl);
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
    const visible = { Id: 'a', ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 0 };
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: [visible] }));
    expect(await receive(QueueUrl)).toHaveLength(1);
  });

  it('wait for their delay, and a long poll waits for them', async () => {
    const QueueUrl = await newQueue({ DelaySeconds: '30' });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later' }));
    expect(await receive(QueueUrl)).toEqual([]);
    const attributes = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(attributes.Attributes).toMatchObject({
      ApproximateNumberOfMessagesDelayed: '1',
      ApproximateNumberOfMessages: '0',
    });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'sooner', DelaySeconds: 1 }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    expect(Messages?.[0]?.Body).toBe('sooner');
  });

  it('go to the dead-letter queue when received too often, and back again', async () => {
    const deadUrl = await newQueue();
    const deadArn = queues.arnOf(`queue-${number}`);
    const QueueUrl = await newQueue({
      VisibilityTimeout: '0',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 2 }),
    });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
    expect(await receive(QueueUrl)).toHaveLength(1);
    expect(await receive(QueueUrl)).toHaveLength(1);
    expect(await receive(QueueUrl)).toHaveLength(0);
    expect(queues.find(deadArn)?.bodies()).toEqual(['poison']);
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadArn }));
    expect(await receive(deadUrl)).toEqual([]);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });

  it('are sent and deleted in batches, each by itself', async () => {
    const QueueUrl = await newQueue({ MaximumMessageSize: '1024' });
    const Entries = [
      { Id: 'good', MessageBody: 'x' },
      { Id: 'large', MessageBody: 'x'.repeat(1025) },
    ];
    const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(sent.Successful).toMatchObject([{ Id: 'good' }]);
    expect(sent.Failed).toMatchObject([{ Id: 'large', Code: 'InvalidParameterValue', SenderFault: true }]);
    const [message] = await receive(QueueUrl);
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: '1', ReceiptHandle: message?.ReceiptHandle },
          { Id: '2', ReceiptHandle: 'nonsense' },
        ],
      }),
    );
    expect(deleted.Successful).toEqual([{ Id: '1' }]);
    expect(deleted.Failed).toMatchObject([{ Id: '2', Code: 'ReceiptHandleIsInvalid' }]);
  });

  it('are limited in size and number', async () => {
    const QueueUrl = await newQueue();
    const many = Array.from({ length: 11 }, (_, index) => ({ Id: String(index), MessageBody: 'x' }));
    await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: many }))).rejects.toThrow();
    const heavy = [1, 2].map((index) => ({ Id: String(index), MessageBody: 'x'.repeat(600_000) }));
    await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: heavy }))).rejects.toThrow(
      'Batch requests cannot be longer',
    );
    await expect(
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(1_048_577) })),
    ).rejects.toThrow('must be shorter');
    await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '\u0000' }))).rejects.toMatchObject(
      { name: 'InvalidMessageContents' },
    );
    await expect(
      sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 })),
    ).rejects.toThrow();
  });
});

describe('queues', () => {
  it('are created once, listed, found by name and purged', async () => {
    const QueueUrl = await newQueue();
    const QueueName = `queue-${number}`;
    expect((await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl).toBe(QueueUrl);
    await expect(
      sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: '7' } })),
    ).rejects.toMatchObject({ name: 'QueueNameExists' });
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(QueueUrl);
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: QueueName }))).QueueUrls).toEqual([
      QueueUrl,
    ]);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    expect(await receive(QueueUrl)).toEqual([]);
  });

  it.each<[{ QueueName: string; Attributes?: Record<string, string> }, string]>([
    [{ QueueName: 'a.fifo' }, 'no FIFO queues'],
    [{ QueueName: 'a b' }, 'alphanumeric'],
    [{ QueueName: 'x1', Attributes: { Colour: 'red' } }, 'Unknown Attribute Colour'],
    [
      { QueueName: 'x2', Attributes: { DelaySeconds: '901' } },
      'Invalid value for the parameter DelaySeconds',
    ],
    [
      {
        QueueName: 'x3',
        Attributes: {
          RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:1:n","maxReceiveCount":3}',
        },
      },
      'does not exist',
    ],
  ])('are not created from %j', async (input, message) => {
    await expect(sqs.send(new CreateQueueCommand(input))).rejects.toThrow(message);
  });

  it('that do not exist are an error of that name', async () => {
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'nowhere' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });
});

describe('permission', () => {
  const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement });

  it('is asked per action and queue', async () => {
    const QueueUrl = await newQueue();
    const Resource = queues.arnOf(`queue-${number}`);
    const sender = clientOf(
      aws.credentialsFor({ policies: [policy({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource })] }),
    );
    await sender.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'x' }] }));
    await expect(sender.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toThrow(
      `is not authorized to perform: sqs:ReceiveMessage on resource: ${Resource}`,
    );
    const other = await newQueue();
    await expect(sender.send(new SendMessageCommand({ QueueUrl: other, MessageBody: 'x' }))).rejects.toThrow(
      'not authorized',
    );
    sender.destroy();
  });

  it('of an AWS service comes from the queue policy alone', async () => {
    await newQueue();
    const queue = queues.byName(`queue-${number}`);
    const arn = queue?.arn ?? '';
    const rule = 'arn:aws:events:us-east-1:123456789012:rule/changes';
    const attempt = (source: string) => queues.sendAsService('events.amazonaws.com', arn, source, '{}');
    expect(() => attempt(rule)).toThrow('does not let events.amazonaws.com send');
    queue?.setAttributes({
      Policy: policy([
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn,
          Condition: { ArnEquals: { 'aws:SourceArn': rule } },
        },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'sqs:*',
          Resource: arn,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]),
    });
    attempt(rule);
    expect(() => attempt(`${rule}-other`)).toThrow('does not let');
    expect(() => queues.sendAsService('sns.amazonaws.com', arn, rule, '{}')).toThrow(
      'does not let sns.amazonaws.com',
    );
    expect(queue?.bodies()).toEqual(['{}']);
  });
});
