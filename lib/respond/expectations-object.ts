import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { ExpectationsObject } from './adopt-expectations.ts';
import { versionOf } from './object-version.ts';

/** The key under which the bucket of expectations has them. */
export const EXPECTATIONS_KEY = 'expectations.yaml';

/** Bytes of a text that somebody could still read. */
const largestText = 4_000_000;

/**
 * Reads the newest version of the object; `undefined` where there is none, or it is deleted. A text that is too long is left
 * out. S3's client is loaded with this file, which only a sweep needs.
 */
export async function readExpectationsObject(
  bucket: string,
  client = new S3Client(REQUEST_LIMITS),
): Promise<ExpectationsObject | undefined> {
  try {
    const { Body, VersionId, ETag, ContentLength } = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: EXPECTATIONS_KEY }),
    );
    const version = versionOf(VersionId, ETag) ?? '';
    if ((ContentLength ?? 0) > largestText) return { version };
    return { version, text: (await Body?.transformToString()) ?? '' };
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
