import type { ResourceForm, TextPattern } from '@permission-check/iam-policy';
import { matchesPattern, textForm } from '@permission-check/iam-policy';
import { resourceTypes } from '#lib/catalog/actions.ts';
import type { ResourceTypeName } from '#lib/catalog/types.ts';

/** Whose ARNs are asked about. */
export interface Place {
  readonly partition: string;
  readonly accountId: string;
}

/** Characters of collection, project, version and stream processor names (API reference: `[a-zA-Z0-9_.\-]+`). */
const nameChars = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-';
/** The most characters of a name (API reference). */
const longestName: Readonly<Record<string, number>> = {
  CollectionId: 255,
  ProjectName: 255,
  VersionName: 255,
  StreamprocessorId: 128,
};
const digits = '0123456789';
/** Milliseconds since the epoch, as Custom Labels writes the time of creation into ARNs. */
const timestamp = '1700000000000';

/** Names that policies hardly mean, the first preferred. */
const neutralNames = ['permission-check-none', 'rpc-none-0', 'zz.none_9', 'Q7-none'];

const templateOf = new Map(resourceTypes.map(({ name, arn }) => [name, arn]));

/** An ARN template cut into text and placeholder names, everything known filled in. */
function partsOf(type: ResourceTypeName, { partition, accountId }: Place, region: string): string[] {
  const template = templateOf.get(type);
  if (template === undefined) throw new Error(`the catalogue has no resource type ${type}`);
  return template
    .replace('${Partition}', partition)
    .replace('${Region}', region)
    .replace('${Account}', accountId)
    .split(/\$\{(\w+)\}/);
}

function charsOf(placeholder: string, datasetType: string) {
  if (placeholder === 'DatasetType') return datasetType;
  if (placeholder === 'CreationTimestamp') return { someOf: digits };
  return { someOf: nameChars, atMost: longestName[placeholder] ?? Number.POSITIVE_INFINITY };
}

function fill(parts: readonly string[], name: string): string {
  const values: Readonly<Record<string, string>> = { DatasetType: 'train', CreationTimestamp: timestamp };
  return parts.map((part, i) => (i % 2 === 0 ? part : (values[part] ?? name))).join('');
}

/** Neutral ARNs of a type, the one that the fewest patterns match first. */
export function neutralArns(
  type: ResourceTypeName,
  place: Place,
  region: string,
  matching: (arn: string) => number,
): string[] {
  const parts = partsOf(type, place, region);
  const arns = neutralNames.map((name) => fill(parts, name));
  const counts = new Map(arns.map((arn) => [arn, matching(arn)]));
  return arns.sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0));
}

/** Every ARN that resources of a type can have in a Region; datasets are for training or for testing. */
export function formsOf(
  type: ResourceTypeName,
  place: Place,
  region: string,
  hints: readonly string[],
): ResourceForm[] {
  return patternsOf(type, place, region).map((pattern) => ({
    pattern,
    hints: hints.filter((hint) => matchesPattern(pattern, hint)),
    implies: { 'aws:RequestedRegion': region },
  }));
}

const remembered = new Map<string, readonly TextPattern[]>();

function patternsOf(type: ResourceTypeName, place: Place, region: string): readonly TextPattern[] {
  const key = [type, place.partition, region, place.accountId].join(':');
  const known = remembered.get(key);
  if (known) return known;
  const parts = partsOf(type, place, region);
  const kinds = parts.includes('DatasetType') ? ['train', 'test'] : [''];
  const patterns = kinds.map((kind) =>
    textForm(parts.map((part, i) => (i % 2 === 0 ? part : charsOf(part, kind)))),
  );
  remembered.set(key, patterns);
  return patterns;
}

const fillings = [
  'permission-check',
  timestamp,
  `permission-check/${timestamp}`,
  `version/permission-check/${timestamp}`,
  `permission-check/version/permission-check/${timestamp}`,
  `dataset/train/${timestamp}`,
  `permission-check/dataset/train/${timestamp}`,
  '',
];

/**
 * Readable ARNs that a policy's pattern may match: its wildcards filled with ordinary names. What is not of the
 * right form is sorted out later.
 */
export function readableArns(written: string, { partition, accountId }: Place, region: string): string[] {
  // A path has no colon, so everything behind the fifth one is the path, and `*` may stand for several segments.
  const path = written.split(':').slice(5).join(':') || '*';
  const prefix = `arn:${partition}:rekognition:${region}:${accountId}:`;
  const stars = path.split('*').length - 1;
  const paths = (path.startsWith('*') ? ['collection/', 'project/', 'streamprocessor/'] : ['']).map(
    (kind) => kind + path,
  );
  const last = stars === 0 ? [''] : fillings;
  return paths.flatMap((one) =>
    last.map((filling) => {
      let left = stars;
      const filled = one
        .replaceAll('?', 'x')
        .replaceAll('*', () => (--left === 0 ? filling : 'permission-check'));
      return prefix + filled;
    }),
  );
}

/** The Region of an ARN. */
export function regionOf(arn: string): string | undefined {
  let at = -1;
  for (let colon = 0; colon < 3; colon += 1) {
    at = arn.indexOf(':', at + 1);
    if (at === -1) return undefined;
  }
  const end = arn.indexOf(':', at + 1);
  return arn.slice(at + 1, end === -1 ? undefined : end);
}
