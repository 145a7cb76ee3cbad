import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import type { Holder } from '../../src/aws.ts';
import { type ServerlessAws, startServerlessAws } from '../../src/platform.ts';
import { emptyAccount } from '../bundle.ts';
import { policyText, type Statement } from '../start.ts';

/** S3 with these buckets, started for the tests of one file; time stands where a test puts it. */
export function s3(prepare: (aws: ServerlessAws) => void) {
  let aws: ServerlessAws;
  const clients: S3Client[] = [];
  const time = { now: new Date('2026-11-24T10:00:00Z') };
  beforeAll(async () => {
    aws = await startServerlessAws({ account: emptyAccount, clock: () => time.now });
    prepare(aws);
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await aws.stop();
  });

  /** A client of the administrator, or of somebody else. */
  function client(holder?: Holder): S3Client {
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = aws.env;
    const made = new S3Client({
      endpoint: aws.endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: holder === undefined ? { accessKeyId, secretAccessKey } : aws.credentialsFor(holder),
    });
    clients.push(made);
    return made;
  }
  /** Somebody with exactly these permissions. */
  const someone = (...statements: readonly Statement[]) => client({ policies: [policyText(...statements)] });
  return { aws: () => aws, client, someone, time };
}

/** What a call fails with: the error's name and message. */
export const failure = (
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status?: number }> =>
  call.then(
    () => ({ name: 'none', message: '' }),
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => ({
      name: error.name,
      message: error.message,
      ...(error.$metadata?.httpStatusCode !== undefined && { status: error.$metadata.httpStatusCode }),
    }),
  );
