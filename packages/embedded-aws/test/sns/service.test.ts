import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsCommand,
  PublishCommand,
  type PublishCommandInput,
  SetTopicAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, accountId, allow, policyText, start } from '../start.ts';

const key = `arn:aws:kms:us-east-1:${accountId}:key/00000000-0000-0000-0000-000000000001`;
const alerts = `arn:aws:sns:us-east-1:${accountId}:alerts`;
const secret = `arn:aws:sns:us-east-1:${accountId}:secret`;

let local: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  local = await start({
    account: account({ users: { ann: {} } }),
    topics: [{ name: 'alerts' }, { name: 'secret', kmsKeyArn: key }],
  });
});
afterAll(() => local.aws.stop());

const publish = (input: Partial<PublishCommandInput>) =>
  local.sns.send(new PublishCommand({ TopicArn: alerts, Message: 'text', ...input }));

describe("a topic's policy", () => {
  const set = (AttributeValue: string) =>
    local.sns.send(
      new SetTopicAttributesCommand({ TopicArn: alerts, AttributeName: 'Policy', AttributeValue }),
    );
  const statement = (more: object) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: alerts, ...more },
    });

  it('is held against whoever calls, the root user among them', async () => {
    const { world } = local.aws;
    await set(statement({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }));
    await publish({});
    world.secureTransport = false;
    await expect(publish({})).rejects.toThrow('with an explicit deny in a resource-based policy');
    world.secureTransport = true;
    await publish({});
  });

  it.each(['{}', 'text', statement({ Principal: undefined })])('is no policy: %s', async (text) => {
    await expect(set(text)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Invalid parameter: Policy Error: null',
    });
  });
});

describe('Publish', () => {
  it('keeps the message with the text for each protocol', async () => {
    await local.sns.send(
      new SubscribeCommand({ TopicArn: alerts, Protocol: 'email', Endpoint: 'team@example.com' }),
    );
    const Message = JSON.stringify({ default: 'short', email: 'long\nletter', lambda: 7 });
    const { MessageId } = await publish({
      Message,
      Subject: '[HIGH] Rekognition: role/analyst can delete faces',
      MessageStructure: 'json',
      MessageAttributes: {
        severity: { DataType: 'String', StringValue: 'high' },
        kinds: { DataType: 'String.Array', StringValue: '["excess"]' },
      },
    });
    expect(local.aws.messages().at(-1)).toMatchObject({
      messageId: MessageId,
      topicArn: alerts,
      subject: '[HIGH] Rekognition: role/analyst can delete faces',
      byProtocol: { default: 'short', email: 'long\nletter' },
      attributes: { severity: { type: 'String', value: 'high' } },
      deliveries: [{ protocol: 'email', endpoint: 'team@example.com', text: 'long\nletter' }],
    });
    expect(local.aws.messages().at(-1)?.byProtocol).not.toHaveProperty('lambda');
  });

  it.each<[string, Partial<PublishCommandInput>, string]>([
    ['a subject of 100 characters', { Subject: 'x'.repeat(100) }, 'Invalid parameter: Subject'],
    ['a subject with a line break', { Subject: 'a\nb' }, 'Invalid parameter: Subject'],
    ['a subject beyond ASCII', { Subject: 'für' }, 'Invalid parameter: Subject'],
    ['an empty message', { Message: '' }, 'Invalid parameter: Empty message'],
    ['262,145 bytes', { Message: `${'ü'.repeat(131_072)}x` }, 'Invalid parameter: Message too long'],
    [
      'attributes that make it too long',
      { Message: 'x'.repeat(262_140), MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } },
      'Invalid parameter: Message too long',
    ],
    ['a structure that is no JSON', { MessageStructure: 'json' }, 'JSON message body failed to parse'],
    [
      'a structure without a default',
      { MessageStructure: 'json', Message: '{"email":"x"}' },
      'No default entry in JSON message body',
    ],
    [
      'an unknown attribute type',
      { MessageAttributes: { a: { DataType: 'Text', StringValue: 'b' } } },
      'invalid message attribute type',
    ],
    [
      'an empty attribute',
      { MessageAttributes: { a: { DataType: 'String', StringValue: '' } } },
      'non-empty',
    ],
    ['an unknown topic', { TopicArn: `${alerts}-2` }, 'Topic does not exist'],
  ])('refuses %s', async (_, input, message) => {
    const before = local.aws.messages().length;
    await expect(publish(input)).rejects.toThrow(message);
    expect(local.aws.messages()).toHaveLength(before);
  });

  it('takes what is just within the limits', async () => {
    await publish({ Subject: 'x'.repeat(99), Message: 'x'.repeat(262_144) });
    expect(local.aws.messages().at(-1)?.message).toHaveLength(262_144);
  });

  it('demands the key of an encrypted topic', async () => {
    const as = (...actions: string[]) => {
      const policies = [
        policyText(allow('sns:Publish', { Resource: secret }), allow(actions, { Resource: key })),
      ];
      return local.clients(local.aws.envFor({ policies })).sns;
    };
    const message = new PublishCommand({ TopicArn: secret, Message: 'text' });
    await expect(as('kms:Encrypt', 'kms:GenerateDataKey*').send(message)).rejects.toMatchObject({
      name: 'KMSAccessDeniedException',
      message: expect.stringContaining('kms:Decrypt'),
    });
    await as('kms:Decrypt', 'kms:GenerateDataKey*').send(message);
    expect(local.aws.messages().at(-1)?.topicArn).toBe(secret);
    await expect(
      as('kms:*').send(new PublishCommand({ TopicArn: alerts, Message: 'text' })),
    ).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
  });
});

describe('topics and subscriptions', () => {
  it('makes topics once, and lists who is subscribed', async () => {
    const { TopicArn } = await local.sns.send(new CreateTopicCommand({ Name: 'more' }));
    expect((await local.sns.send(new CreateTopicCommand({ Name: 'more' }))).TopicArn).toBe(TopicArn);
    const subscribe = new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' });
    const first = await local.sns.send(subscribe);
    expect((await local.sns.send(subscribe)).SubscriptionArn).toBe(first.SubscriptionArn);
    const { Subscriptions } = await local.sns.send(new ListSubscriptionsCommand({}));
    expect(Subscriptions).toContainEqual({
      SubscriptionArn: first.SubscriptionArn,
      Owner: accountId,
      Protocol: 'email',
      Endpoint: 'a@example.com',
      TopicArn,
    });
    const { Attributes } = await local.sns.send(new GetTopicAttributesCommand({ TopicArn: secret }));
    expect(Attributes?.KmsMasterKeyId).toBe(key);
  });
});
