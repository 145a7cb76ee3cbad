import type { Principal } from '#lib/account/types.ts';
import { textMatcher } from '#lib/expectation/principals.ts';
import { subjectName } from '#lib/words/labels.ts';

/** A pattern is worth its risk where it stands for as many. */
const fewest = 3;

/**
 * Patterns for principals that should all be able to do the same: paths and beginnings of names that nobody else has,
 * and the names of all others.
 */
export function matchesOf(principals: readonly Principal[], everybody: readonly Principal[]): string[] {
  const meant = new Set(principals.map(({ arn }) => arn));
  const left = new Map(principals.map((principal) => [principal.arn, principal]));
  const matches: string[] = [];
  for (const pattern of patternsOf(principals)) {
    const { matches: test } = textMatcher(pattern);
    const matched = everybody.filter(test);
    if (!matched.every(({ arn }) => meant.has(arn))) continue;
    const fresh = matched.filter(({ arn }) => left.has(arn));
    if (fresh.length < fewest) continue;
    matches.push(pattern);
    for (const { arn } of fresh) left.delete(arn);
  }
  return [...matches, ...[...left.values()].map(subjectName)];
}

/** The patterns that match the most first; of those alike the longest, which reach least far. */
function patternsOf(principals: readonly Principal[]): string[] {
  const counts = new Map<string, number>();
  for (const { kind, path, name } of principals) {
    const own = new Set<string>();
    if (path !== '/') own.add(`${kind}${path}*`);
    for (const { index } of name.matchAll(/[-_.]/g)) {
      if (index > 0) own.add(`${kind}/${name.slice(0, index + 1)}*`);
    }
    for (const pattern of own) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= fewest)
    .sort(([a, first], [b, second]) => second - first || b.length - a.length)
    .map(([pattern]) => pattern);
}
