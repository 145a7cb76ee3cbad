import { regionOf } from '#lib/account/identity-pools.ts';
import type { Paced } from '#lib/iam/pace.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { ReadBeside } from '#lib/respond/check-beside.ts';
import { readsAiServicesPolicy } from './ai-services.ts';
import { resourceRegions } from './beside.ts';

/** How what IAM does not have is read. Its clients stay outside of what every start loads. */
export const readBeside = (pace: Paced, table: RecordTable): ReadBeside => ({
  ...(resourceRegions.length > 0 && ofRegions(pace, table)),
  ...(readsAiServicesPolicy && {
    aiServicesOptOut: async () => {
      const { optOutOfStack } = await import('./beside/ai-services.ts');
      return optOutOfStack(pace);
    },
  }),
});

const ofRegions = (pace: Paced, table: RecordTable): ReadBeside => ({
  identityPools: async (ids) => {
    const ours = ids.filter((id) => resourceRegions.includes(regionOf(id)));
    if (ours.length === 0) return [];
    const { poolsOfStack } = await import('./beside/identity-pools.ts');
    return poolsOfStack(ours, pace, table);
  },
  projectPolicies: async () => {
    const { readProjectPolicies } = await import('./beside/project-policies.ts');
    return readProjectPolicies(resourceRegions, pace);
  },
});
