import type { RecordTable } from '#lib/outbox/table.ts';
import { readsAiServicesPolicy } from './ai-services.ts';

/** What a report says of the organization's AI services policy: as the last sweep has read it. */
export async function aiServicesGuardrail(
  table: RecordTable,
): Promise<{ readonly aiServicesOptOut?: boolean }> {
  if (!readsAiServicesPolicy) return {};
  const { rememberedOptOut } = await import('#lib/outbox/remembered-opt-out.ts');
  const aiServicesOptOut = await rememberedOptOut(table);
  return aiServicesOptOut === undefined ? {} : { aiServicesOptOut };
}
