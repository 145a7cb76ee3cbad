import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { SetSubscriptionAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterEach, expect, it } from 'vitest';
import { type DeployedStack, deployStack, projectRoot, sample } from '#cli/demo/stack.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const day = 86_400;

let deployed: DeployedStack;
afterEach(() => deployed.stop());

async function story(parameters: Readonly<Record<string, string>>) {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: `${projectRoot}/expectations.yaml`,
    parameters,
  });
  const { aws, stack } = deployed;
  const client = {
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  };
  const attached = { RoleName: 'analyst', PolicyArn: full };
  const iam = new IAMClient(client);
  return {
    client,
    attach: () => iam.send(new AttachRolePolicyCommand(attached)),
    detach: () => iam.send(new DetachRolePolicyCommand(attached)),
    settle: () => stack.settle(),
    about: () => aws.messages().filter(({ subject }) => subject?.includes('role/analyst')),
  };
}

it('counts nothing as announced while the filters of all subscriptions drop it, and tells once they do not', async () => {
  const { client, attach, settle, about } = await story({ NotificationEmail: '' });
  const sns = new SNSClient(client);
  const TopicArn = deployed.stack.template.topics[0]?.arn;
  const Attributes = { FilterPolicy: JSON.stringify({ severity: ['low'] }) };
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'team@example.com', Attributes }),
  );
  await attach();
  await settle();
  expect(about()).toEqual([]);
  const AttributeValue = JSON.stringify({ severity: ['critical'] });
  await sns.send(
    new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue }),
  );
  deployed.stack.tick('SweepFunctionDaily');
  await settle();
  expect(about().map(({ subject, deliveries }) => [subject, deliveries.length])).toEqual([
    [expect.stringMatching(/^\[CRITICAL\] Rekognition: role\/analyst can now /), 1],
  ]);
  sns.destroy();
}, 180_000);

it('keeps what has ended in the log of access for as many days as the parameter says', async () => {
  const { client, attach, detach, settle } = await story({ AccessLogDays: '7' });
  deployed.stack.tick('SweepFunctionDaily');
  await settle();
  await attach();
  await settle();
  await detach();
  await settle();
  const policies = [
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}]}',
  ];
  const dynamo = new DynamoDBClient({ ...client, credentials: deployed.aws.credentialsFor({ policies }) });
  const TableName = deployed.stack.template.tables.find(
    ({ logicalId }) => logicalId === 'HistoryTable',
  )?.name;
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName }));
  dynamo.destroy();
  const log = Items.filter(
    ({ pk, sk }) => pk?.S?.endsWith('#access-log') && sk?.S?.startsWith('role/analyst#'),
  );
  const ended = log.filter(({ endedAt }) => endedAt !== undefined);
  // Before the attachment, and while it was there; the present is kept.
  expect([log.length, ended.length]).toEqual([3, 2]);
  for (const { endedAt, expiresAt } of ended)
    expect(Number(expiresAt?.N)).toBe(Math.floor(Date.parse(endedAt?.S ?? '') / 1000) + 7 * day);
  expect(log.find(({ endedAt }) => endedAt === undefined)?.expiresAt).toBeUndefined();
}, 180_000);

it('tells what all filters drop once somebody without one is there, and meanwhile what passes', async () => {
  const { client, attach, detach, settle, about } = await story({ NotificationEmail: '' });
  const sns = new SNSClient(client);
  const TopicArn = deployed.stack.template.topics[0]?.arn;
  const listen = (Endpoint: string, severity?: readonly string[]) =>
    sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'email',
        Endpoint,
        ...(severity && { Attributes: { FilterPolicy: JSON.stringify({ severity }) } }),
      }),
    );
  await listen('night@example.com', ['critical']);
  deployed.stack.tick('SweepFunctionDaily');
  await settle();
  await attach();
  await settle();
  expect(about().map(({ subject }) => subject?.slice(0, 10))).toEqual(['[CRITICAL]']);
  await detach();
  await settle();
  expect(about()).toHaveLength(1);
  await listen('team@example.com');
  for (const _ of ['told', 'and no more']) {
    deployed.stack.tick('SweepFunctionDaily');
    await settle();
    expect(about().map(({ subject }) => subject?.slice(0, 5))).toEqual(['[CRIT', '[LOW]']);
  }
  sns.destroy();
}, 180_000);
