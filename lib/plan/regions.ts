import { wildcardTest } from '@permission-check/iam-policy';
import { rekognitionRegions } from '#lib/catalog/regions.ts';

/**
 * The Regions between which policies make a difference: the asked one, then one for every other way in which the
 * patterns (Region segments of ARNs, values of aws:RequestedRegion) match Regions. Regions that a policy names are
 * considered although they may be newer than the list.
 */
export function distinguishingRegions(
  asked: string,
  partition: string,
  patterns: Iterable<string>,
): string[] {
  const distinct = [...new Set(patterns)].filter((pattern) => pattern !== '*');
  const named = distinct.filter((pattern) => /^[a-z]{2,3}(-[a-z]+)+-\d$/.test(pattern));
  const tests = distinct.map(wildcardTest);
  const found = new Map<string, string>();
  for (const region of [asked, ...(rekognitionRegions[partition] ?? []), ...named]) {
    const answers = tests.map((test) => (test(region) ? '1' : '0')).join('');
    if (!found.has(answers)) found.set(answers, region);
  }
  return [...found.values()];
}
