import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const allow = (Action: string, Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });

let deployed: DeployedStack;
let iam: IAMClient;
beforeEach(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
  });
  const { aws } = deployed;
  iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
});
afterEach(async () => {
  iam.destroy();
  await deployed.stop();
});

/** Somebody who may read the lists, and nothing else. */
const reader = (bucket: string) =>
  new S3Client({
    endpoint: deployed.aws.endpoint,
    region: 'us-east-1',
    credentials: deployed.aws.credentialsFor({
      policies: [allow('s3:GetObject', `arn:aws:s3:::${bucket}/lists/*`)],
    }),
    maxAttempts: 1,
  });

it('30 new roles are one message that begins with all of it in short, and a list that names everybody', async () => {
  const { aws, stack } = deployed;
  const roles = Array.from({ length: 30 }, (_, index) => `batch-${index}`);
  for (const RoleName of roles) {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    const app = { RoleName, PolicyName: 'app', PolicyDocument: allow('rekognition:DeleteFaces') };
    await iam.send(new PutRolePolicyCommand(app));
  }
  await stack.settle();
  expect(aws.messages()).toHaveLength(1);
  const text = aws.messages()[0]?.byProtocol.email ?? '';
  expect(text).toMatch(/^IN SHORT\n30 roles can now delete faces\./);
  expect(text).toContain('created 30 roles; wrote inline policy "app" of 30 roles');
  expect(text.indexOf('IN SHORT')).toBeLessThan(text.indexOf('WHAT CHANGED'));

  const bucket = stack.template.buckets.find(({ logicalId }) => logicalId === 'ReportsBucket')?.name ?? '';
  const [, key = ''] = /Full report: \S+&prefix=(\S+)/.exec(text) ?? [];
  const s3 = reader(bucket);
  try {
    const object = { Bucket: bucket, Key: decodeURIComponent(key) };
    const { Body, ServerSideEncryption } = await s3.send(new GetObjectCommand(object));
    expect(ServerSideEncryption).toBe('AES256');
    const list = (await Body?.transformToString()) ?? '';
    for (const role of roles) expect(list).toMatch(new RegExp(`^critical.* role/${role} .*"app"`, 'm'));
    // Reading is all that this reader may do, and nobody may without TLS.
    await expect(s3.send(new ListObjectsV2Command({ Bucket: bucket }))).rejects.toThrow(
      /not authorized to perform: s3:ListBucket/,
    );
    aws.world.secureTransport = false;
    await expect(s3.send(new GetObjectCommand(object))).rejects.toThrow(/explicit deny/);
  } finally {
    s3.destroy();
  }
}, 60_000);
