import { CreateRoleCommand, type IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { beforeEach, expect, it } from 'vitest';
import { sample } from '#cli/demo/stack.ts';
import { beginStory, type Story, trust } from '#test/support/story.ts';

const allow = (Action: string, Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });

let deployed: Story;
let iam: IAMClient;
beforeEach(async () => {
  deployed = await beginStory({ expectations: sample('story-expectations.yaml') });
  ({ iam } = deployed);
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
}, 180_000);
