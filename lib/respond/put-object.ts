import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';

/** Writes a text, or what it is in UTF-8. S3's client is loaded with this file, which few messages need. */
export async function putObject(
  bucket: string,
  key: string,
  text: string | Uint8Array,
  contentType: string,
  client = new S3Client(REQUEST_LIMITS),
): Promise<void> {
  const content = { Body: text, ContentType: contentType };
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...content }));
}
