import * as z from 'zod/mini';
import { contentSubject } from '#lib/compare/content-use.ts';
import { projectsSubject } from '#lib/respond/sweep.ts';
import { readsAiServicesPolicy } from './ai-services.ts';
import { readEnvironment, variable } from './environment.ts';

/** The Regions whose projects and identity pools are read. */
export const { RESOURCE_REGIONS: resourceRegions } = readEnvironment(
  z.object({ RESOURCE_REGIONS: variable.list }),
);

/** What a sweep looks at beside principals, policies and expectations. */
export const besideSubjects: readonly string[] = [
  ...(resourceRegions.length === 0 ? [] : [projectsSubject]),
  ...(readsAiServicesPolicy ? [contentSubject] : []),
];
