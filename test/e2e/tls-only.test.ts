import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

let deployed: DeployedStack;
let clients: { readonly s3: S3Client; readonly sns: SNSClient; readonly sqs: SQSClient };
beforeAll(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters: { ChatNotifications: 'yes', MonthlyEvidence: 'yes' },
  });
  const { endpoint, world } = deployed.aws;
  // The root user may do everything but what a resource's own policy denies.
  const settings = { endpoint, region: 'us-east-1', credentials: world.issue({ kind: 'root' }) };
  clients = {
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    sns: new SNSClient(settings),
    sqs: new SQSClient(settings),
  };
}, 180_000);
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await deployed.stop();
});

it('every bucket, queue and topic of the stack takes calls over TLS and no others', async () => {
  const { s3, sns, sqs } = clients;
  const { buckets, topics, queues } = deployed.stack.template;
  const calls: [string, () => Promise<unknown>][] = [
    ...buckets.map(({ logicalId, name }): [string, () => Promise<unknown>] => [
      logicalId,
      () => s3.send(new ListObjectsV2Command({ Bucket: name })),
    ]),
    ...topics.map(({ logicalId, arn }): [string, () => Promise<unknown>] => [
      logicalId,
      () => sns.send(new PublishCommand({ TopicArn: arn, Message: 'hello' })),
    ]),
    ...queues.map(({ logicalId, name }): [string, () => Promise<unknown>] => [
      logicalId,
      async () => {
        const QueueUrl = `${deployed.aws.endpoint}/123456789012/${name}`;
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}', DelaySeconds: 900 }));
      },
    ]),
  ];
  expect(calls.map(([id]) => id)).toEqual(
    expect.arrayContaining([
      'ReportsBucket',
      'ExpectationsBucket',
      'EvidenceBucket',
      'FindingsTopic',
      'ChatTopic',
    ]),
  );
  expect(queues.length).toBeGreaterThan(7);
  for (const [id, call] of calls) {
    deployed.aws.world.secureTransport = false;
    await expect(call(), id).rejects.toThrow('with an explicit deny in a resource-based policy');
    deployed.aws.world.secureTransport = true;
    await expect(call(), id).resolves.not.toThrow();
  }
});
