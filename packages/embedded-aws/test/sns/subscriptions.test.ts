import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { account, accountId, start } from '../start.ts';

const TopicArn = `arn:aws:sns:us-east-1:${accountId}:alerts`;
let local: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  local = await start({ account: account({}), topics: [{ name: 'alerts' }] });
});
afterEach(() => local.aws.stop());

const subscribe = async (Endpoint: string, Attributes: Record<string, string> = {}) =>
  (await local.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint, Attributes })))
    .SubscriptionArn ?? '';
const list = async () =>
  (await local.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];
const attributesOf = async (SubscriptionArn: string) =>
  (await local.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
const publish = async (severity: string, Message = 'text') => {
  const MessageAttributes = { severity: { DataType: 'String', StringValue: severity } };
  await local.sns.send(new PublishCommand({ TopicArn, Message, MessageAttributes }));
  return local.aws.messages().at(-1)?.deliveries;
};

it('a subscription by e-mail waits until somebody confirms it, where a test says so', async () => {
  local.aws.sns.confirms = (protocol) => protocol !== 'email';
  expect(await subscribe('team@example.com')).toBe('pending confirmation');
  expect(await list()).toMatchObject([
    { Endpoint: 'team@example.com', SubscriptionArn: 'PendingConfirmation' },
  ]);
  expect(await publish('high')).toEqual([]);
  const topic = () => local.sns.send(new GetTopicAttributesCommand({ TopicArn }));
  expect((await topic()).Attributes).toMatchObject({
    SubscriptionsConfirmed: '0',
    SubscriptionsPending: '1',
  });

  const confirm = (Token: string | undefined) =>
    local.sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
  await expect(confirm('guessed')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const { SubscriptionArn = '' } = await confirm(local.aws.sns.confirmationToken('team@example.com'));
  expect(await list()).toMatchObject([{ SubscriptionArn }]);
  expect(await attributesOf(SubscriptionArn)).toMatchObject({ PendingConfirmation: 'false' });
  expect((await topic()).Attributes).toMatchObject({
    SubscriptionsConfirmed: '1',
    SubscriptionsPending: '0',
  });
  expect(await publish('high')).toHaveLength(1);
});

it('a filter policy says which messages a subscription gets, by attributes or by the body', async () => {
  const critical = await subscribe('critical@example.com', {
    FilterPolicy: JSON.stringify({ severity: ['critical', { prefix: 'hi' }] }),
  });
  const all = await subscribe('all@example.com');
  const endpoints = async (severity: string, message?: string) =>
    (await publish(severity, message))?.map(({ endpoint }) => endpoint);
  expect(await endpoints('low')).toEqual(['all@example.com']);
  expect(await endpoints('high')).toEqual(['critical@example.com', 'all@example.com']);
  expect(await attributesOf(critical)).toMatchObject({
    FilterPolicy: '{"severity":["critical",{"prefix":"hi"}]}',
    FilterPolicyScope: 'MessageAttributes',
  });
  expect(await attributesOf(all)).not.toHaveProperty('FilterPolicy');

  const set = (AttributeName: string, AttributeValue: string) =>
    local.sns.send(
      new SetSubscriptionAttributesCommand({ SubscriptionArn: critical, AttributeName, AttributeValue }),
    );
  await set('FilterPolicyScope', 'MessageBody');
  expect(await endpoints('high')).toEqual(['all@example.com']);
  expect(await endpoints('low', '{"severity":"critical"}')).toHaveLength(2);
  await expect(set('FilterPolicy', '{"severity":"critical"}')).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining('FilterPolicy'),
  });
  await local.sns.send(new UnsubscribeCommand({ SubscriptionArn: critical }));
  expect(await list()).toHaveLength(1);
  await expect(attributesOf(critical)).rejects.toMatchObject({ name: 'NotFoundException' });
});

it('a delivery can fail, and who published is not told', async () => {
  await subscribe('full@example.com');
  await subscribe('team@example.com');
  local.aws.sns.reaches = (endpoint) => endpoint !== 'full@example.com';
  expect(await publish('high')).toEqual([
    { protocol: 'email', endpoint: 'full@example.com', text: 'text', failed: true },
    { protocol: 'email', endpoint: 'team@example.com', text: 'text' },
  ]);
});

it('a topic has tags', async () => {
  const Tags = [{ Key: 'team', Value: 'vision' }];
  await local.sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags }));
  expect((await local.sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))).Tags).toEqual(
    Tags,
  );
});
