import { rmSync } from 'node:fs';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerlessAws, startServerlessAws } from '../../src/platform.ts';
import { deployLocal, type LocalStack } from '../../src/stack.ts';
import { bundleHandlers, emptyAccount } from '../bundle.ts';

/** A bucket as a team would make it; what is written under `rules/` reaches a function, and lists expire. */
const template = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Key: { Type: AWS::KMS::Key, Properties: { KeyPolicy: {} } }
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: !Ref Key }, BucketKeyEnabled: true }] }
      VersioningConfiguration: { Status: Enabled }
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }
      LifecycleConfiguration: { Rules: [{ Id: lists, Status: Enabled, Prefix: lists/, ExpirationInDays: 30, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }] }
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } }
  BucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Deny, Principal: '*', Action: 's3:*', Resource: [!GetAtt Bucket.Arn, !Sub '\${Bucket.Arn}/*'], Condition: { Bool: { aws:SecureTransport: 'false' } } }
  Copy:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: copy
      Handler: index.handler
      Runtime: nodejs24.x
      Environment: { Variables: { BUCKET: !Ref Bucket } }
      Policies:
        - Version: '2012-10-17'
          Statement:
            - { Effect: Allow, Action: s3:GetObject, Resource: !Sub '\${Bucket.Arn}/rules/*' }
            - { Effect: Allow, Action: s3:PutObject, Resource: !Sub '\${Bucket.Arn}/lists/*' }
            - { Effect: Allow, Action: [kms:GenerateDataKey, kms:Decrypt], Resource: !GetAtt Key.Arn }
      Events:
        Written:
          Type: EventBridgeRule
          Properties: { Pattern: { source: [aws.s3], detail-type: [Object Created], detail: { bucket: { name: [!Ref Bucket] }, object: { key: [{ prefix: rules/ }] } } } }
`;

const sources = {
  copy: `
    import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
    const s3 = new S3Client({});
    const Bucket = process.env.BUCKET;
    export const handler = async ({ detail }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: detail.object.key }));
      const text = await Body.transformToString();
      await s3.send(new PutObjectCommand({ Bucket, Key: 'lists/' + detail.object.key, Body: JSON.stringify({ text, detail }) }));
    };`,
};

let aws: ServerlessAws;
let stack: LocalStack;
let directory: string;
let client: S3Client;
beforeAll(async () => {
  directory = await bundleHandlers(sources);
  aws = await startServerlessAws({ account: emptyAccount, sourceIp: '192.0.2.10' });
  stack = await deployLocal({ template, aws, directory });
  client = new S3Client({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.world.issue({ kind: 'root' }),
  });
});
afterAll(async () => {
  client.destroy();
  stack.stop();
  await aws.stop();
  rmSync(directory, { recursive: true });
});

describe('a deployed bucket', () => {
  it('is what the template says', () => {
    const [bucket] = stack.template.buckets;
    expect(bucket).toMatchObject({
      name: expect.stringMatching(/^local-bucket-[0-9a-z]{12}$/),
      versioning: 'Enabled',
      eventBridge: true,
      lifecycle: [{ id: 'lists', enabled: true, prefix: 'lists/', expirationDays: 30, noncurrentDays: 1 }],
    });
    const settings = aws.platform.buckets.find(bucket?.name ?? '')?.settings;
    expect(settings?.encryption).toEqual({
      algorithm: 'aws:kms',
      keyId: expect.stringMatching(/^arn:aws:kms:us-east-1:123456789012:key\/[0-9a-f-]{36}$/),
    });
    expect(settings?.policy).toContain('aws:SecureTransport');
  });

  it('tells EventBridge of what is written, and a function reads and writes with its role', async () => {
    const Bucket = stack.template.buckets[0]?.name ?? '';
    const put = await client.send(new PutObjectCommand({ Bucket, Key: 'rules/a.yaml', Body: 'rules' }));
    await stack.settle();
    expect(stack.problems()).toEqual([]);
    const copy = await client.send(new GetObjectCommand({ Bucket, Key: 'lists/rules/a.yaml' }));
    expect(JSON.parse((await copy.Body?.transformToString()) ?? '')).toEqual({
      text: 'rules',
      detail: {
        version: '0',
        bucket: { name: Bucket },
        object: {
          key: 'rules/a.yaml',
          size: 5,
          etag: put.ETag?.slice(1, -1),
          'version-id': put.VersionId,
          sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
        },
        'request-id': expect.any(String),
        requester: '123456789012',
        'source-ip-address': '192.0.2.10',
        reason: 'PutObject',
      },
    });
    // What the function wrote lies outside the rule: it is not called again.
    expect(stack.invocations('Copy')).toHaveLength(1);
  });
});
