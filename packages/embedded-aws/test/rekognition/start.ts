import * as testing from '../../testing/rekognition.ts';
import { catalog } from '../catalog.ts';

export * from '../../testing/rekognition.ts';

/** An account with these roles, and Rekognition in it, with the catalogue of these tests. */
export const start = (
  roles: Readonly<Record<string, testing.RoleOptions>>,
  options: testing.StartOptions = {},
): Promise<testing.Running> => testing.start(roles, { catalog, ...options });
