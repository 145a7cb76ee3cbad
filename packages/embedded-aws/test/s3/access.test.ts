import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { allow, deny, policyText } from '../start.ts';
import { failure, s3 } from './harness.ts';

const key = 'arn:aws:kms:us-east-1:123456789012:key/1234';
const objects = 'arn:aws:s3:::lists/*';

const { aws, client, someone } = s3(({ platform }) => {
  platform.buckets.create('lists');
  platform.buckets.create('secret', { encryption: { algorithm: 'aws:kms', keyId: key } });
});
afterEach(() => {
  aws().world.secureTransport = true;
});

const get = (who: S3Client, Key: string, Bucket = 'lists') => who.send(new GetObjectCommand({ Bucket, Key }));
const put = (who: S3Client, Key: string, Bucket = 'lists', more: object = {}) =>
  who.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));

describe('permissions', () => {
  it('are those of the caller on the object', async () => {
    const writer = someone(allow('s3:PutObject', { Resource: 'arn:aws:s3:::lists/batch/*' }));
    await put(writer, 'batch/1');
    expect(await failure(put(writer, 'other/1'))).toMatchObject({
      name: 'AccessDenied',
      status: 403,
      message: expect.stringMatching(
        /is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::lists\/other\/1" because no identity-based policy allows the s3:PutObject action$/,
      ),
    });
    expect(await failure(get(writer, 'batch/1'))).toMatchObject({ name: 'AccessDenied' });
    expect(await failure(writer.send(new ListBucketsCommand({})))).toMatchObject({ name: 'AccessDenied' });
  });

  it('of versions and of deleting are their own', async () => {
    const reader = someone(allow('s3:GetObject', { Resource: objects }));
    const version = new GetObjectCommand({ Bucket: 'lists', Key: 'batch/1', VersionId: 'null' });
    await get(reader, 'batch/1');
    expect(await failure(reader.send(version))).toMatchObject({
      message: expect.stringContaining('s3:GetObjectVersion'),
    });
    const remove = new DeleteObjectCommand({ Bucket: 'lists', Key: 'batch/1' });
    expect(await failure(reader.send(remove))).toMatchObject({ name: 'AccessDenied' });
  });

  it('do not show that an object is missing to who may not list the bucket', async () => {
    const reader = someone(allow('s3:GetObject', { Resource: objects }));
    expect(await failure(get(reader, 'nothing'))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('s3:ListBucket'),
    });
    const lister = someone(
      allow('s3:GetObject', { Resource: objects }),
      allow('s3:ListBucket', { Resource: 'arn:aws:s3:::lists' }),
    );
    expect(await failure(get(lister, 'nothing'))).toMatchObject({ name: 'NoSuchKey' });
  });

  it('to list can end at a prefix', async () => {
    const lister = someone(
      allow('s3:ListBucket', {
        Resource: 'arn:aws:s3:::lists',
        Condition: { StringLike: { 's3:prefix': 'batch/*' } },
      }),
    );
    const list = (Prefix?: string) =>
      lister.send(new ListObjectsV2Command({ Bucket: 'lists', ...(Prefix !== undefined && { Prefix }) }));
    expect((await list('batch/')).KeyCount).toBe(1);
    expect(await failure(list())).toMatchObject({ name: 'AccessDenied' });
  });

  it('can ask that nothing is replaced', async () => {
    const once = someone(
      allow('s3:PutObject', { Resource: objects, Condition: { Null: { 's3:if-none-match': 'false' } } }),
    );
    await put(once, 'once', 'lists', { IfNoneMatch: '*' });
    expect(await failure(put(once, 'twice'))).toMatchObject({ name: 'AccessDenied' });
  });

  it('on the key of the bucket are needed as well', async () => {
    const without = someone(allow('s3:*'));
    expect(await failure(put(without, 'x', 'secret'))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`kms:GenerateDataKey on resource: ${key}`),
    });
    const writer = someone(allow('s3:*'), allow('kms:GenerateDataKey', { Resource: key }));
    expect(await put(writer, 'x', 'secret')).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: key,
    });
    expect(await failure(get(writer, 'x', 'secret'))).toMatchObject({
      message: expect.stringContaining('kms:Decrypt'),
    });
    await get(someone(allow(['s3:*', 'kms:Decrypt'])), 'x', 'secret');
  });
});

describe('a bucket policy', () => {
  const setPolicy = (...statements: readonly object[]) =>
    client().send(
      new PutBucketPolicyCommand({
        Bucket: 'lists',
        Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
      }),
    );
  const bucket = ['arn:aws:s3:::lists', objects];
  afterEach(async () => {
    aws().world.secureTransport = true;
    await client().send(new DeleteBucketPolicyCommand({ Bucket: 'lists' }));
  });

  it('demands TLS of everybody, the root user too', async () => {
    await setPolicy(
      deny('s3:*', {
        Principal: '*',
        Resource: bucket,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
    const everything = someone(allow('s3:*'));
    await get(everything, 'batch/1');
    aws().world.secureTransport = false;
    for (const who of [everything, client()]) {
      expect(await failure(get(who, 'batch/1'))).toMatchObject({
        name: 'AccessDenied',
        message: expect.stringMatching(/with an explicit deny in a resource-based policy$/),
      });
    }
  });

  it('allows who has no permission of its own', async () => {
    const nobody = someone(allow('sts:GetCallerIdentity'));
    expect(await failure(get(nobody, 'batch/1'))).toMatchObject({ name: 'AccessDenied' });
    await setPolicy({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::123456789012:role/caller' },
      Action: 's3:GetObject',
      Resource: objects,
    });
    await get(nobody, 'batch/1');
  });

  it('is shown, and is refused where it is no policy or opens the bucket to all', async () => {
    const show = new GetBucketPolicyCommand({ Bucket: 'lists' });
    expect(await failure(client().send(show))).toMatchObject({ name: 'NoSuchBucketPolicy' });
    const statement = deny('s3:PutObject', { Principal: '*', Resource: objects });
    await setPolicy(statement);
    expect((await client().send(show)).Policy).toBe(policyText(statement));
    expect(await failure(setPolicy(allow('s3:GetObject', { Principal: '*' })))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('BlockPublicPolicy'),
    });
    expect(await failure(setPolicy(allow('s3:GetObject')))).toMatchObject({ name: 'MalformedPolicy' });
  });
});

describe('the settings of a bucket', () => {
  it('are those of S3 where nothing else is said', async () => {
    const Bucket = 'lists';
    const encryption = await client().send(new GetBucketEncryptionCommand({ Bucket }));
    expect(
      encryption.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
        ?.SSEAlgorithm,
    ).toBe('AES256');
    const block = await client().send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(block.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect((await client().send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    expect(
      await failure(client().send(new GetBucketLifecycleConfigurationCommand({ Bucket }))),
    ).toMatchObject({ name: 'NoSuchLifecycleConfiguration' });
    const { Buckets } = await client().send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['lists', 'secret']);
  });
});
