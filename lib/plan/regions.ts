import { wildcardTest } from '@permission-check/iam-policy';

/** Regions with a Rekognition endpoint, by partition. Source: AWS General Reference, Rekognition endpoints. */
const regionsOfPartition: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'us-east-1',
    'us-east-2',
    'us-west-1',
    'us-west-2',
    'ca-central-1',
    'sa-east-1',
    'eu-central-1',
    'eu-west-1',
    'eu-west-2',
    'eu-south-2',
    'il-central-1',
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-south-1',
    'ap-southeast-1',
    'ap-southeast-2',
  ],
  'aws-us-gov': ['us-gov-west-1', 'us-gov-east-1'],
};

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
  for (const region of [asked, ...(regionsOfPartition[partition] ?? []), ...named]) {
    const answers = tests.map((test) => (test(region) ? '1' : '0')).join('');
    if (!found.has(answers)) found.set(answers, region);
  }
  return [...found.values()];
}
