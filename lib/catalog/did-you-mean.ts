import { closest, distance } from 'fastest-levenshtein';

/**
 * The candidate that was probably meant, ignoring case; undefined when none is near enough to be worth
 * offering: more than a third of the word would have to change (two letters of a short one, half of a tiny one).
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const byLowerCase = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  if (byLowerCase.size === 0) return undefined;
  const wanted = word.toLowerCase();
  const best = closest(wanted, [...byLowerCase.keys()]);
  const limit = Math.min(Math.max(2, Math.floor(wanted.length / 3)), Math.floor(wanted.length / 2));
  return distance(wanted, best) > limit ? undefined : byLowerCase.get(best);
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const best = nearest(word, candidates);
  return best === undefined ? '' : ` (did you mean "${best}"?)`;
}
