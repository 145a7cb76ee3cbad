import * as z from 'zod/mini';
import type { Paced } from '#lib/iam/pace.ts';
import type { ReadBeside } from '#lib/respond/check-beside.ts';
import { projectsSubject } from '#lib/respond/sweep.ts';
import { readEnvironment, variable } from './environment.ts';

const { RESOURCE_REGIONS: regions } = readEnvironment(z.object({ RESOURCE_REGIONS: variable.list }));

/** What a sweep looks at beside principals, policies and expectations. */
export const besideSubjects: readonly string[] = regions.length === 0 ? [] : [projectsSubject];

/** How what IAM does not have is read. Rekognition's client stays outside of what every start loads. */
export const readBeside = (pace: Paced): ReadBeside =>
  regions.length === 0
    ? {}
    : {
        projectPolicies: async () => {
          const { readProjectPolicies } = await import('./beside/project-policies.ts');
          return readProjectPolicies(regions, pace);
        },
      };
