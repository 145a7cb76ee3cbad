import { gunzipSync, gzipSync } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { Shelf } from './readings.ts';

/** Texts in a bucket, compressed. S3's client is loaded with this file, which few messages need. */
export function bucketShelf(Bucket: string, client = new S3Client(REQUEST_LIMITS)): Shelf {
  return {
    put: async (Key, text) => {
      const Body = gzipSync(text, { level: 5 });
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/gzip' }));
    },
    get: async (Key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      if (Body === undefined) throw new Error(`${Key} is empty`);
      return gunzipSync(await Body.transformToByteArray()).toString('utf8');
    },
    keysAfter: async (Prefix, StartAfter) => {
      const keys: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix, StartAfter }))
        keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
      return keys;
    },
  };
}
