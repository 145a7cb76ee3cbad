import type { LocalAwsOptions } from '../src/aws.ts';
import * as testing from '../testing/account.ts';
import { catalog } from './catalog.ts';

export * from '../testing/account.ts';

/** The embedded AWS with the catalogue of these tests. */
export const start = (options: LocalAwsOptions) => testing.start({ catalog, ...options });
