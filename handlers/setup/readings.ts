import * as z from 'zod/mini';
import { accountFromIam } from '#lib/account/from-iam.ts';
import type { Paced } from '#lib/iam/pace.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { ReadingSteps, Shelf } from '#lib/respond/readings.ts';
import { readEnvironment, variable } from './environment.ts';
import { iam } from './iam.ts';
import { logger } from './powertools.ts';

const environment = readEnvironment(z.object({ REPORTS_BUCKET: variable.name }));

let loaded: Promise<Shelf> | undefined;
function bucket(): Promise<Shelf> {
  loaded ??= import('#lib/respond/bucket-shelf.ts').then(({ bucketShelf }) =>
    bucketShelf(environment.REPORTS_BUCKET),
  );
  return loaded;
}

/** Where readings of the account are kept: the stack's bucket. S3's client stays outside of what every start loads. */
const shelf: Shelf = {
  put: async (key, text) => (await bucket()).put(key, text),
  get: async (key) => (await bucket()).get(key),
  keysAfter: async (prefix, after) => (await bucket()).keysAfter(prefix, after),
};

/** How an invocation reads the account, and keeps what it has read. */
export const readingSteps = (table: RecordTable, pace: Paced): ReadingSteps => ({
  table,
  shelf,
  read: () => accountFromIam(iam, { pace }),
  now: () => new Date(),
  note: (reason) => logger.warn(reason),
});
