import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';

/** Writes a list, as text. S3's client is loaded with this file, which few messages need. */
export async function putList(
  bucket: string,
  key: string,
  list: string,
  client = new S3Client(REQUEST_LIMITS),
): Promise<void> {
  const content = { Body: list, ContentType: 'text/plain; charset=utf-8' };
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...content }));
}
