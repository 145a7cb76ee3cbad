import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { failure, s3 } from './harness.ts';

/** What is kept of objects that were replaced or deleted, and for how long. */
const { client, time } = s3(({ platform }) => {
  platform.buckets.create('versioned', { versioning: 'Enabled' });
  platform.buckets.create('expiring', {
    lifecycle: [
      { id: 'shards', enabled: true, prefix: 'shards/', expirationDays: 1, expiredObjectDeleteMarker: false },
      { enabled: false, prefix: '', expirationDays: 1, expiredObjectDeleteMarker: false },
    ],
  });
  platform.buckets.create('history', {
    versioning: 'Enabled',
    lifecycle: [{ enabled: true, prefix: '', noncurrentDays: 30, expiredObjectDeleteMarker: true }],
  });
});

const text = async (Bucket: string, Key: string, more: { VersionId?: string; Range?: string } = {}) =>
  (await client().send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();
const put = (Bucket: string, Key: string, Body: string, more: object = {}) =>
  client().send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

describe('versions', () => {
  it('are kept, hidden by a delete marker, and removed one by one', async () => {
    const [one, two] = [await put('versioned', 'doc', 'one'), await put('versioned', 'doc', 'two')];
    expect(await text('versioned', 'doc')).toBe('two');
    expect(await text('versioned', 'doc', { VersionId: one.VersionId ?? '' })).toBe('one');
    const marker = await client().send(new DeleteObjectCommand({ Bucket: 'versioned', Key: 'doc' }));
    expect(marker.DeleteMarker).toBe(true);
    expect(await failure(text('versioned', 'doc'))).toMatchObject({ name: 'NoSuchKey' });

    const list = new ListObjectVersionsCommand({ Bucket: 'versioned', Prefix: 'doc' });
    const { Versions, DeleteMarkers } = await client().send(list);
    expect(Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [two.VersionId, false],
      [one.VersionId, false],
    ]);
    expect(DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }]);

    for (const VersionId of [marker.VersionId, two.VersionId]) {
      await client().send(new DeleteObjectCommand({ Bucket: 'versioned', Key: 'doc', VersionId }));
    }
    expect(await text('versioned', 'doc')).toBe('one');
    expect(await failure(text('versioned', 'doc', { VersionId: two.VersionId ?? '' }))).toMatchObject({
      name: 'NoSuchVersion',
    });
  });

  it('come in pages', async () => {
    for (const body of ['1', '2', '3']) await put('versioned', 'paged', body);
    const seen: string[] = [];
    let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
    do {
      const answer = await client().send(
        new ListObjectVersionsCommand({ Bucket: 'versioned', Prefix: 'paged', MaxKeys: 2, ...markers }),
      );
      seen.push(...(answer.Versions ?? []).flatMap((version) => version.VersionId ?? []));
      markers = {
        ...(answer.NextKeyMarker !== undefined && { KeyMarker: answer.NextKeyMarker }),
        ...(answer.NextVersionIdMarker !== undefined && { VersionIdMarker: answer.NextVersionIdMarker }),
      };
    } while (markers.KeyMarker !== undefined);
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(3);
  });
});

describe('the lifecycle', () => {
  it('expires what its rules are about, at the midnight after', async () => {
    time.now = new Date('2026-11-24T10:00:00Z');
    const shard = await put('expiring', 'shards/1', 'x');
    expect(shard.Expiration).toBe('expiry-date="Thu, 26 Nov 2026 00:00:00 GMT", rule-id="shards"');
    await put('expiring', 'pages/1', 'x');
    time.now = new Date('2026-11-25T23:59:59Z');
    expect(await text('expiring', 'shards/1')).toBe('x');
    time.now = new Date('2026-11-26T00:00:00Z');
    expect(await failure(text('expiring', 'shards/1'))).toMatchObject({ name: 'NoSuchKey' });
    expect(await text('expiring', 'pages/1')).toBe('x');
  });

  it('removes versions that were replaced, and delete markers behind which nothing is left', async () => {
    await put('history', 'doc', 'one');
    await put('history', 'doc', 'two');
    await put('history', 'gone', 'x');
    await client().send(new DeleteObjectCommand({ Bucket: 'history', Key: 'gone' }));
    const list = new ListObjectVersionsCommand({ Bucket: 'history' });
    expect((await client().send(list)).Versions).toHaveLength(3);
    time.now = new Date(time.now.getTime() + 32 * 86_400_000);
    const { Versions, DeleteMarkers } = await client().send(list);
    expect(Versions).toMatchObject([{ Key: 'doc', IsLatest: true }]);
    expect(DeleteMarkers).toBeUndefined();
  });
});
