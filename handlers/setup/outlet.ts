import * as z from 'zod/mini';
import type { ListBucket } from '#lib/respond/outlet.ts';
import { readEnvironment, variable } from './environment.ts';

const environment = readEnvironment(z.object({ REPORTS_BUCKET: variable.name, AWS_REGION: variable.name }));

/** The stack's bucket. S3's client stays outside of what every start loads. */
export const lists: ListBucket = {
  name: environment.REPORTS_BUCKET,
  region: environment.AWS_REGION,
  put: async (key, text, contentType = 'text/plain; charset=utf-8') => {
    const { putObject } = await import('#lib/respond/put-object.ts');
    await putObject(environment.REPORTS_BUCKET, key, text, contentType);
  },
};
