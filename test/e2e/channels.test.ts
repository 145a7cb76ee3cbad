import { readFileSync } from 'node:fs';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DisableSecurityHubCommand,
  EnableSecurityHubCommand,
  GetFindingsCommand,
  SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';
import type { Announcement } from '#lib/report/channels/announcement.ts';
import type { ChatNotification } from '#lib/report/channels/chat.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const isAnnouncement = new Ajv({ validateFormats: false }).compile<Announcement>(
  JSON.parse(readFileSync('announcement.schema.json', 'utf8')),
);

let deployed: DeployedStack;
let clients: ReturnType<typeof clientsOf>;
let inbox: string;

function clientsOf({ aws }: DeployedStack) {
  const root = {
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.world.issue({ kind: 'root' }),
  };
  const credentials = aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass');
  return {
    iam: new IAMClient({ ...root, credentials }),
    hub: new SecurityHubClient(root),
    events: new EventBridgeClient(root),
    sns: new SNSClient(root),
    sqs: new SQSClient(root),
  };
}

beforeEach(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters: { ChatNotifications: 'yes', EventBusName: 'findings', SecurityHub: 'yes' },
  });
  clients = clientsOf(deployed);
  const { events, sqs } = clients;
  // What the team's own automation would be: a rule of its own bus, and a queue.
  await events.send(new CreateEventBusCommand({ Name: 'findings' }));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    },
  });
  const made = await sqs.send(new CreateQueueCommand({ QueueName: 'automation', Attributes: { Policy } }));
  inbox = made.QueueUrl ?? '';
  const EventPattern = JSON.stringify({
    source: ['rekognition-permission-check'],
    detail: { finding: { severity: ['critical'] } },
  });
  await events.send(new PutRuleCommand({ Name: 'critical', EventBusName: 'findings', EventPattern }));
  const Targets = [{ Id: 'queue', Arn: 'arn:aws:sqs:us-east-1:123456789012:automation' }];
  await events.send(new PutTargetsCommand({ Rule: 'critical', EventBusName: 'findings', Targets }));
}, 180_000);
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await deployed.stop();
});

const attach = async () => {
  await clients.iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
  await deployed.stack.settle();
};
const detach = async () => {
  await clients.iam.send(new DetachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
  await deployed.stack.settle();
};
const chatTopic = () => String(deployed.stack.template.outputs.ChatTopicArn);
const subscribeChat = () =>
  clients.sns.send(
    new SubscribeCommand({
      TopicArn: chatTopic(),
      Protocol: 'https',
      Endpoint: 'https://global.sns-api.chatbot.amazonaws.com',
    }),
  );
const chats = (): ChatNotification[] =>
  deployed.aws
    .messages()
    .filter(({ topicArn }) => topicArn === chatTopic())
    .map(({ message }) => JSON.parse(String(message)));
const kept = async () => (await clients.hub.send(new GetFindingsCommand({}))).Findings ?? [];
const event = z.object({ source: z.string(), 'detail-type': z.string(), detail: z.unknown() });
async function arrived(): Promise<Announcement[]> {
  const found: Announcement[] = [];
  for (;;) {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: inbox, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return found;
    for (const { Body = '', ReceiptHandle } of Messages) {
      const { detail } = event.parse(JSON.parse(Body));
      if (!isAnnouncement(detail)) throw new Error(JSON.stringify(isAnnouncement.errors));
      found.push(detail);
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: inbox, ReceiptHandle }));
    }
  }
}

it('a change and its undoing reach chat, the event bus and Security Hub, once each', async () => {
  await clients.hub.send(new EnableSecurityHubCommand({}));
  await subscribeChat();
  await attach();

  const [opened, ...others] = await arrived();
  expect(others).toEqual([]);
  expect(opened).toMatchObject({
    state: 'new',
    account: '123456789012',
    finding: { kind: 'excess', severity: 'critical', subject: 'role/analyst' },
    changes: [
      { eventName: 'AttachRolePolicy', what: expect.stringContaining('AmazonRekognitionFullAccess') },
    ],
  });
  const [told, ...more] = chats();
  expect(more).toEqual([]);
  expect(told).toMatchObject({
    version: '1.0',
    source: 'custom',
    metadata: { threadId: opened?.finding.id, eventType: 'rekognition-excess-new' },
  });
  expect(told?.content.title).toMatch(/^\[CRITICAL\] role\/analyst can now delete/);
  expect(told?.content.description).toContain('attached AmazonRekognitionFullAccess to role/analyst');
  expect(told?.content.nextSteps?.join()).toContain('aws iam detach-role-policy');
  const [finding] = await kept();
  expect(finding).toMatchObject({
    RecordState: 'ACTIVE',
    Compliance: { Status: 'FAILED' },
    Workflow: { Status: 'NEW' },
    FindingProviderFields: { Severity: { Label: 'CRITICAL' } },
    Resources: [{ Type: 'AwsIamRole' }],
  });

  await detach();
  const [closed] = await arrived();
  expect(closed).toMatchObject({ state: 'resolved', finding: { id: opened?.finding.id } });
  expect(closed?.id).not.toBe(opened?.id);
  expect(chats()[1]).toMatchObject({ metadata: { threadId: told?.metadata.threadId } });
  expect(chats()[1]?.content.title).toMatch(/^\[RESOLVED\]/);
  expect(await kept()).toMatchObject([
    {
      Id: finding?.Id,
      RecordState: 'ARCHIVED',
      Compliance: { Status: 'PASSED' },
      Workflow: { Status: 'RESOLVED' },
    },
  ]);

  await attach();
  expect(await kept()).toMatchObject([
    { Id: finding?.Id, RecordState: 'ACTIVE', Workflow: { Status: 'NEW' } },
  ]);
}, 240_000);

it('what a channel does not take is kept and told later, and holds back no other', async () => {
  // Security Hub is off, and nobody listens to the topic for chat.
  await clients.iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
  await deployed.stack.settle();
  expect(await arrived()).toHaveLength(1);
  expect(chats()).toEqual([]);
  const dead = deployed.stack.queue('ChannelDeadLetters');
  expect(dead.bodies()).toHaveLength(2);
  const reasons = deployed.stack
    .invocations('TellChannelsFunction')
    .flatMap(({ logs }) => logs.filter((line) => line.includes('channel not told')));
  expect(reasons.join()).toMatch(/not subscribed to AWS Security Hub/);
  expect(reasons.join()).toMatch(/nobody has confirmed a subscription/);

  await clients.hub.send(new EnableSecurityHubCommand({}));
  await subscribeChat();
  // A redrive, as the console of SQS does it.
  dead.redrive(deployed.stack.queue('ChannelQueue'));
  await deployed.stack.settle();
  expect(chats()).toHaveLength(1);
  expect(await kept()).toHaveLength(1);
  await clients.hub.send(new DisableSecurityHubCommand({}));
}, 240_000);
