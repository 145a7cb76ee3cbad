import * as z from 'zod/mini';
import type { RecordTable } from '#lib/outbox/table.ts';
import { readEnvironment } from './environment.ts';

const environment = readEnvironment(z.object({ AI_SERVICES_POLICY: z.enum(['yes', 'no']) }));

/** Whether the organization's AI services policy is read. */
export const readsAiServicesPolicy = environment.AI_SERVICES_POLICY === 'yes';

/** What a report says of it: as the last sweep has read it. */
export async function aiServicesGuardrail(
  table: RecordTable,
): Promise<{ readonly aiServicesOptOut?: boolean }> {
  if (!readsAiServicesPolicy) return {};
  const { rememberedOptOut } = await import('#lib/outbox/remembered-opt-out.ts');
  const aiServicesOptOut = await rememberedOptOut(table);
  return aiServicesOptOut === undefined ? {} : { aiServicesOptOut };
}
