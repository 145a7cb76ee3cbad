import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { AdoptionSteps } from '#lib/respond/adopt-expectations.ts';
import { readEnvironment, variable } from './environment.ts';

const environment = readEnvironment(
  z.object({ EXPECTATIONS_BUCKET: variable.name, AWS_REGION: variable.name }),
);

/** The stack's object of expectations. S3's client stays outside of what every start loads. */
export const expectationsObject: Pick<AdoptionSteps, 'bucket' | 'read' | 'deployed' | 'region'> = {
  bucket: environment.EXPECTATIONS_BUCKET,
  region: environment.AWS_REGION,
  read: async () => {
    const { readExpectationsObject } = await import('#lib/respond/expectations-object.ts');
    return readExpectationsObject(environment.EXPECTATIONS_BUCKET);
  },
  deployed: () => readFileSync(new URL('expectations.yaml', import.meta.url), 'utf8'),
};
