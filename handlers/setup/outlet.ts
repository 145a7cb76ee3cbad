import * as z from 'zod/mini';
import { REQUEST_LIMITS } from '#lib/iam/request-limits.ts';
import type { ListBucket } from '#lib/respond/outlet.ts';
import { readEnvironment, variable } from './environment.ts';

const environment = readEnvironment(z.object({ REPORTS_BUCKET: variable.name, AWS_REGION: variable.name }));

/** The stack's bucket. S3's client stays outside of what every start loads. */
export const lists: ListBucket = {
  name: environment.REPORTS_BUCKET,
  region: environment.AWS_REGION,
  put: async (key, list) => {
    const { putList } = await import('#lib/respond/put-list.ts');
    await putList(environment.REPORTS_BUCKET, key, list);
  },
};

/** What SNS's client is made with: a message whose answer is lost may have been taken, so the SDK does not ask again. */
export const PUBLISHING = { ...REQUEST_LIMITS, maxAttempts: 1 };
