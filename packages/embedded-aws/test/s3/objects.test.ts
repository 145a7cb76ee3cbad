import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { failure, s3 } from './harness.ts';

const { aws, client, time } = s3(({ platform }) => {
  platform.buckets.create('plain');
  platform.buckets.create('versioned', { versioning: 'Enabled' });
  platform.buckets.create('listed');
});

const text = async (Bucket: string, Key: string, more: { VersionId?: string; Range?: string } = {}) =>
  (await client().send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();
const put = (Bucket: string, Key: string, Body: string, more: object = {}) =>
  client().send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

describe('an object', () => {
  it('comes back as it was put, with what was said of it', async () => {
    const Key = "lists/a b+c/ü&'(x)!*~.json";
    const sent = await put('plain', Key, '{"a":1}', {
      ContentType: 'application/json',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { batch: 'b-1' },
    });
    expect(sent).toMatchObject({
      ETag: `"${createHash('md5').update('{"a":1}').digest('hex')}"`,
      ServerSideEncryption: 'AES256',
    });
    expect(sent.VersionId).toBeUndefined();
    const got = await client().send(new GetObjectCommand({ Bucket: 'plain', Key }));
    expect(await got.Body?.transformToString()).toBe('{"a":1}');
    expect(got).toMatchObject({
      ETag: sent.ETag,
      ContentType: 'application/json',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      ContentLength: 7,
      Metadata: { batch: 'b-1' },
      LastModified: time.now,
    });
    const head = await client().send(new HeadObjectCommand({ Bucket: 'plain', Key }));
    expect(head).toMatchObject({ ETag: sent.ETag, ContentLength: 7, Metadata: { batch: 'b-1' } });
  });

  it('is taken from a stream, which is sent in chunks', async () => {
    const parts = ['one ', 'two ', 'x'.repeat(100_000)];
    const Body = Readable.from(parts.map((part) => Buffer.from(part)));
    await client().send(
      new PutObjectCommand({ Bucket: 'plain', Key: 'stream', Body, ContentLength: 100_008 }),
    );
    expect(await text('plain', 'stream')).toBe(parts.join(''));
  });

  it('is given in part', async () => {
    await put('plain', 'digits', '0123456789');
    expect(await text('plain', 'digits', { Range: 'bytes=2-4' })).toBe('234');
    expect(await text('plain', 'digits', { Range: 'bytes=-3' })).toBe('789');
    expect(await text('plain', 'digits', { Range: 'bytes=8-' })).toBe('89');
    expect(await failure(text('plain', 'digits', { Range: 'bytes=10-' }))).toMatchObject({
      name: 'InvalidRange',
    });
  });

  it('must be what its checksum says', async () => {
    expect(await failure(put('plain', 'damaged', 'whole', { ChecksumCRC32: 'AAAAAA==' }))).toMatchObject({
      name: 'BadDigest',
    });
    const ContentMD5 = createHash('md5').update('other').digest('base64');
    expect(await failure(put('plain', 'damaged', 'whole', { ContentMD5 }))).toMatchObject({
      name: 'BadDigest',
    });
  });

  it('that is not there is said to be not there', async () => {
    expect(await failure(text('plain', 'nothing'))).toMatchObject({ name: 'NoSuchKey', status: 404 });
    expect(await failure(text('nowhere', 'nothing'))).toMatchObject({ name: 'NoSuchBucket', status: 404 });
    const head = new HeadObjectCommand({ Bucket: 'plain', Key: 'nothing' });
    expect(await failure(client().send(head))).toMatchObject({ name: 'NotFound', status: 404 });
  });

  it('is found with the bucket in the host name, too', async () => {
    await put('plain', 'hosted', 'by name');
    // S3's own address leads to the embedded AWS.
    const { port } = new URL(aws().endpoint);
    const httpAgent = new Agent({
      lookup: (_name, options, answer) =>
        options.all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4),
    });
    const { config } = client();
    const hosted = new S3Client({
      region: 'us-east-1',
      endpoint: `http://s3.us-east-1.amazonaws.com:${port}`,
      credentials: config.credentials,
      requestHandler: { httpAgent },
    });
    try {
      const got = await hosted.send(new GetObjectCommand({ Bucket: 'plain', Key: 'hosted' }));
      expect(await got.Body?.transformToString()).toBe('by name');
    } finally {
      hosted.destroy();
      httpAgent.destroy();
    }
  });

  it('is for nobody who does not sign', async () => {
    const answer = await fetch(`${aws().endpoint}/plain/digits`);
    // Not even S3 is known of a request that names no service: it is refused as any would be.
    expect(answer.status).toBe(403);
  });
});

describe('a condition', () => {
  it('lets nobody replace what somebody else wrote', async () => {
    const first = await put('plain', 'once', 'first', { IfNoneMatch: '*' });
    expect(await failure(put('plain', 'once', 'second', { IfNoneMatch: '*' }))).toMatchObject({
      name: 'PreconditionFailed',
      status: 412,
    });
    expect(await text('plain', 'once')).toBe('first');
    await put('plain', 'once', 'third', { IfMatch: first.ETag });
    expect(await failure(put('plain', 'once', 'fourth', { IfMatch: first.ETag }))).toMatchObject({
      name: 'PreconditionFailed',
    });
    expect(await failure(put('plain', 'never', 'x', { IfMatch: first.ETag }))).toMatchObject({
      name: 'NoSuchKey',
    });
  });

  it('holds again once the object is deleted', async () => {
    await put('versioned', 'again', 'first', { IfNoneMatch: '*' });
    await client().send(new DeleteObjectCommand({ Bucket: 'versioned', Key: 'again' }));
    await put('versioned', 'again', 'second', { IfNoneMatch: '*' });
    expect(await text('versioned', 'again')).toBe('second');
  });

  it('spares who has it already the reading', async () => {
    const { ETag } = await put('plain', 'read', 'me');
    const get = new GetObjectCommand({ Bucket: 'plain', Key: 'read', IfNoneMatch: ETag });
    expect(await failure(client().send(get))).toMatchObject({ status: 304 });
  });
});

describe('a list', () => {
  const keys = ['a/1', 'a/2', 'a/b/3', 'b', 'c/4', '\u{1f600}', 'é'];

  it('is in the order of UTF-8, in pages', async () => {
    for (const key of keys) await put('listed', key, key);
    const seen: string[] = [];
    for await (const page of paginateListObjectsV2({ client: client(), pageSize: 2 }, { Bucket: 'listed' })) {
      expect(page.KeyCount).toBeLessThanOrEqual(2);
      seen.push(...(page.Contents ?? []).flatMap((object) => object.Key ?? []));
    }
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(seen).toEqual(sorted);
  });

  it('shows what a delimiter puts together once, and goes on behind it', async () => {
    const list = { Bucket: 'listed', Delimiter: '/' };
    const all = await client().send(new ListObjectsV2Command(list));
    expect(all.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['a/', 'c/']);
    expect(all.Contents?.map(({ Key }) => Key)).toEqual(['b', 'é', '\u{1f600}']);
    const first = await client().send(new ListObjectsV2Command({ ...list, MaxKeys: 1 }));
    expect(first).toMatchObject({ IsTruncated: true, CommonPrefixes: [{ Prefix: 'a/' }] });
    const second = await client().send(
      new ListObjectsV2Command({ ...list, MaxKeys: 1, ContinuationToken: first.NextContinuationToken }),
    );
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['b']);
    const inside = await client().send(new ListObjectsV2Command({ ...list, Prefix: 'a/' }));
    expect(inside.Contents?.map(({ Key }) => Key)).toEqual(['a/1', 'a/2']);
    expect(inside.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['a/b/']);
  });

  it('loses many at once', async () => {
    const Objects = [{ Key: 'a/1' }, { Key: 'é' }, { Key: 'never & there' }];
    const answer = await client().send(new DeleteObjectsCommand({ Bucket: 'listed', Delete: { Objects } }));
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(Objects.map(({ Key }) => Key));
    const left = await client().send(new ListObjectsV2Command({ Bucket: 'listed' }));
    expect(left.Contents?.map(({ Key }) => Key)).not.toContain('é');
  });
});

describe('a bucket', () => {
  it('is made, and deleted when it is empty', async () => {
    await client().send(new CreateBucketCommand({ Bucket: 'made' }));
    expect(await failure(client().send(new CreateBucketCommand({ Bucket: 'made' })))).toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    });
    await put('made', 'x', 'x');
    expect(await failure(client().send(new DeleteBucketCommand({ Bucket: 'made' })))).toMatchObject({
      name: 'BucketNotEmpty',
    });
    await client().send(new DeleteObjectCommand({ Bucket: 'made', Key: 'x' }));
    await client().send(new DeleteBucketCommand({ Bucket: 'made' }));
    expect(await failure(put('made', 'x', 'x'))).toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('what is not here', () => {
  it('is said not to be here', async () => {
    expect(await failure(put('plain', 'tagged', 'x', { Tagging: 'a=b' }))).toMatchObject({
      name: 'NotImplemented',
      status: 501,
    });
    expect(await failure(put('plain', 'public', 'x', { ACL: 'public-read' }))).toMatchObject({
      name: 'AccessControlListNotSupported',
    });
  });
});
