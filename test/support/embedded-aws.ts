import type { LocalAwsOptions } from '@permission-check/embedded-aws';
import * as testing from '@permission-check/embedded-aws/testing';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';

export * from '@permission-check/embedded-aws/testing';

/** The embedded AWS that knows Rekognition, with clients of the real SDK. */
export const start = (options: LocalAwsOptions) => testing.start({ catalog: rekognitionCatalog, ...options });
