import {
  type CompiledStatement,
  classifyTexts,
  contextValue,
  RecentMap,
  type RequestContext,
  type ResourcePattern,
  resolvedTest,
  textForm,
  wildcardForm,
  wildcardTest,
} from '@permission-check/iam-policy';
import { awsRegions, rekognitionRegions } from '#lib/catalog/regions.ts';

const isRegion = /^[a-z]{2,3}(-[a-z]+)+-\d$/;
const regionsIn = /\b[a-z]{2,3}(-[a-z]+)+-\d\b/g;

/**
 * The patterns of Regions that statements hold requests against: Region segments of resources and values of
 * aws:RequestedRegion, with the policy variables in them replaced by the facts of the principal. A variable that has no
 * value there, or another one in another session, may stand for anything.
 */
export function regionPatterns(statements: readonly CompiledStatement[], facts: RequestContext): Set<string> {
  const patterns = new Set<string>();
  for (const { tests, resources } of statements) {
    for (const one of tests) for (const region of regionsTested(one, facts)) patterns.add(region);
    for (const one of resources) for (const region of regionSegments(one, facts)) patterns.add(region);
  }
  return patterns;
}

/** The patterns that one condition holds the Region of a request against. */
function regionsTested(
  { test, variables }: CompiledStatement['tests'][number],
  facts: RequestContext,
): readonly string[] {
  if (isRequestedRegion(test.key)) {
    const values = [...(resolvedTest(test, facts)?.values ?? []), ...test.values.map(withAnyValues)];
    // An operator may ignore the case, and Regions are written in lower case.
    return values.flatMap((value) => [value, value.toLowerCase()]);
  }
  if (!variables.some(isRequestedRegion)) return [];
  const value = contextValue(facts, test.key) ?? [];
  return [value].flat().join(' ').match(regionsIn) ?? [];
}

const isRequestedRegion = (key: string): boolean => key.toLowerCase() === 'aws:requestedregion';

/** A pattern that matches whatever the pattern does, whichever values its variables have. */
function withAnyValues(pattern: string): string {
  return pattern.replace(/\$\{([^}]*)\}/g, (_, inside: string) => (/^[*?$]$/.test(inside) ? inside : '*'));
}

/**
 * The Region segments that a resource pattern has: with the facts in place of its variables, and with anything in place
 * of them. `*` where it ends before.
 */
export function regionSegments(pattern: ResourcePattern, facts: RequestContext): readonly string[] {
  const { text, variables } = pattern;
  const known = variables.length === 0 ? undefined : pattern.written(facts);
  const written = [...(known === undefined ? [] : [known]), withAnyValues(text)];
  return written.map((text) => text.split(':')[3] ?? '*').filter((segment) => segment !== '');
}

/** Regions that stand for all that there are, or may be some day. */
export interface RegionChoices {
  /** The asked one first. */
  readonly regions: readonly string[];
  /** Whether there is one for every way in which the patterns can match Regions. */
  readonly complete: boolean;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';
/** What the name of a Region looks like, of whatever age. */
const regionName = textForm([
  { someOf: letters },
  '-',
  { someOf: `${letters}-` },
  '-',
  { someOf: '0123456789' },
]);
/** Regions of other partitions. Source: partitions.json of AWS's endpoint rules. */
const elsewhere: Readonly<Record<string, RegExp>> = {
  aws: /^(cn|us-gov|us-iso[a-z]*|eu-iso[a-z]*|eusc)-/,
  'aws-us-gov': /^(?!us-gov-)/,
  'aws-cn': /^(?!cn-)/,
};

const REMEMBERED = 500;
const remembered = new RecentMap<RegionChoices>(REMEMBERED);

/**
 * The Regions between which policies make a difference: the asked one, then one for every other way in which the
 * patterns (Region segments of ARNs, values of aws:RequestedRegion) match Regions. Those with Rekognition are preferred,
 * then those that a policy names; where none of them will do, a made-up one stands for what may come.
 */
export function distinguishingRegions(
  asked: string,
  partition: string,
  patterns: Iterable<string>,
): RegionChoices {
  const distinct = [...new Set(patterns)].filter((pattern) => pattern !== '*').sort();
  const key = JSON.stringify([asked, partition, distinct]);
  return remembered.getOrCreate(key, () => choicesOf(asked, partition, distinct));
}

function choicesOf(asked: string, partition: string, patterns: readonly string[]): RegionChoices {
  const tests = patterns.map(wildcardTest);
  const found = new Map<string, string>();
  const take = (region: string) => {
    const answers = tests.map((test) => (test(region) ? '1' : '0')).join('');
    if (!found.has(answers)) found.set(answers, region);
  };
  const isElsewhere = (region: string) => elsewhere[partition]?.test(region) ?? false;
  const named = patterns.filter((pattern) => isRegion.test(pattern));
  for (const region of [asked, ...(rekognitionRegions[partition] ?? []), ...named]) take(region);
  for (const region of awsRegions) if (!isElsewhere(region)) take(region);
  if (patterns.length === 0) return { regions: [...found.values()], complete: true };
  const { texts, complete } = classifyTexts(regionName, patterns.map(wildcardForm));
  for (const region of texts.values()) if (!isElsewhere(region)) take(region);
  return { regions: [...found.values()], complete };
}
