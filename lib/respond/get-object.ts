import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';

/** Reads a text; `undefined` where there is no such object. Whoever may not list the bucket is denied instead. */
export async function getObject(
  bucket: string,
  key: string,
  client = new S3Client(REQUEST_LIMITS),
): Promise<string | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await Body?.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
