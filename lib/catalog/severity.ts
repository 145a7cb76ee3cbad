import type { Severity } from './types.ts';

/** Worst first. */
export const severities = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Severity[];

/** Negative when `a` is the worse of the two. */
export function compareSeverity(a: Severity, b: Severity): number {
  return severities.indexOf(a) - severities.indexOf(b);
}

/** The worst of several; `low` for none. */
export function worst(of: Iterable<Severity>): Severity {
  let found: Severity = 'low';
  for (const one of of) if (compareSeverity(one, found) < 0) found = one;
  return found;
}
