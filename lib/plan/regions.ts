import {
  type CompiledStatement,
  contextValue,
  type RequestContext,
  type ResourcePattern,
  resolvedTest,
  wildcardTest,
} from '@permission-check/iam-policy';
import { rekognitionRegions } from '#lib/catalog/regions.ts';

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
    for (const { test, variables } of tests) {
      if (test.key.toLowerCase() === 'aws:requestedregion') {
        const values = [...(resolvedTest(test, facts)?.values ?? []), ...test.values.map(withAnyValues)];
        // An operator may ignore the case, and Regions are written in lower case.
        for (const value of values) patterns.add(value).add(value.toLowerCase());
      } else if (variables.some((key) => key.toLowerCase() === 'aws:requestedregion')) {
        const value = contextValue(facts, test.key) ?? [];
        for (const region of [value].flat().join(' ').match(regionsIn) ?? []) patterns.add(region);
      }
    }
    for (const pattern of resources) {
      for (const region of regionSegments(pattern, facts)) patterns.add(region);
    }
  }
  return patterns;
}

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
  const named = distinct.filter((pattern) => isRegion.test(pattern));
  const tests = distinct.map(wildcardTest);
  const found = new Map<string, string>();
  for (const region of [asked, ...(rekognitionRegions[partition] ?? []), ...named]) {
    const answers = tests.map((test) => (test(region) ? '1' : '0')).join('');
    if (!found.has(answers)) found.set(answers, region);
  }
  return [...found.values()];
}
