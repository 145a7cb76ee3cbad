import * as z from 'zod/mini';
import { readEnvironment } from './environment.ts';

const environment = readEnvironment(z.object({ AI_SERVICES_POLICY: z.enum(['yes', 'no']) }));

/** Whether the organization's AI services policy is read. */
export const readsAiServicesPolicy = environment.AI_SERVICES_POLICY === 'yes';
