import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DeployedStack, deployStack, projectRoot, sample } from '#cli/demo/stack.ts';
import { whoCouldOn } from '#lib/outbox/access-log.ts';

const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
const admin = 'arn:aws:iam::123456789012:role/break-glass';

let deployed: DeployedStack;
beforeEach(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: `${projectRoot}/expectations.yaml`,
    stackEvents: true,
  });
});
afterEach(() => deployed.stop());

it('is made by the deployment, told once, and what follows is told and logged', async () => {
  const { aws, stack } = deployed;
  const client = { endpoint: aws.endpoint, region: 'us-east-1', credentials: aws.credentialsFor(admin) };
  const iam = new IAMClient(client);
  const own = aws.credentialsFor({
    policies: [
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:Query","Resource":"*"}]}',
    ],
  });
  const dynamo = new DynamoDBClient({ ...client, credentials: own });
  try {
    await stack.settle();
    const [baseline, ...others] = aws.messages();
    expect(baseline?.subject).toMatch(/^Rekognition: \d+ principals watched, /);
    expect(others).toEqual([]);
    const attached = { RoleName: 'analyst', PolicyArn: full };
    await iam.send(new AttachRolePolicyCommand(attached));
    await stack.settle();
    await iam.send(new DetachRolePolicyCommand(attached));
    await stack.settle();
    expect(aws.messages().map(({ subject }) => subject?.slice(0, 10))).toEqual([
      expect.stringMatching(/^Rekognitio/),
      '[CRITICAL]',
      expect.stringMatching(/^\[LOW\]/),
    ]);
    const table = stack.template.tables.find(({ logicalId }) => logicalId === 'HistoryTable')?.name ?? '';
    const day = aws.world.clock().toISOString().slice(0, 10);
    const log = { client: dynamo, name: table, accountId: '123456789012' };
    const { could } = await whoCouldOn(log, 'rekognition:DeleteFaces', day);
    const analyst = could.filter(({ subject }) => subject === 'role/analyst');
    expect(analyst).toHaveLength(1);
    expect(analyst[0]?.until).toBeDefined();
    expect(analyst[0]?.changes.map(({ what }) => what)).toEqual([
      'attached AmazonRekognitionFullAccess to role/analyst',
    ]);
    expect((await whoCouldOn(log, 'rekognition:DeleteFaces', '2020-01-01')).could).toEqual([]);
  } finally {
    iam.destroy();
    dynamo.destroy();
  }
}, 180_000);
