/**
 * How much work may still be done; searches that belong together share one. A unit is one pattern or test asked about
 * one value, some tenths of a microsecond.
 */
export interface Effort {
  left: number;
  /** When to stop whatever is left, in milliseconds as performance.now() counts them. */
  readonly until?: number;
}

/** Enough for one search: about a second. */
export const effortOfSearch = 5_000_000;

/** Whether no more work may be done. */
export function isSpent({ left, until }: Effort): boolean {
  return left <= 0 || (until !== undefined && performance.now() > until);
}
