import * as testing from '@permission-check/embedded-aws/testing/rekognition';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';

export * from '@permission-check/embedded-aws/testing/rekognition';

/** An account with these roles, and Rekognition in it, with everything that the catalogue knows. */
export const start = (
  roles: Readonly<Record<string, testing.RoleOptions>>,
  options: testing.StartOptions = {},
): Promise<testing.Running> => testing.start(roles, { catalog: rekognitionCatalog, ...options });
