import { suppressionWords } from '#lib/expectation/suppressions.ts';
import type { Suppression } from '#lib/expectation/types.ts';
import { findingId } from './finding-id.ts';
import { sortFindings } from './severity.ts';
import type { Finding } from './types.ts';

/** What of the expectations matters here. */
export interface Expirable {
  /** Those whose last day is before `today`. */
  expiredSuppressions(today: string): readonly Suppression[];
}

/**
 * Suppressions that have run out are findings of their own: their writers wanted to come back to them. What they
 * covered shows again by itself.
 *
 * @param today `2026-11-24`, UTC
 */
export function expiredSuppressions(expectations: Expirable, accountId: string, today: string): Finding[] {
  return sortFindings(
    expectations.expiredSuppressions(today).map((suppression): Finding => {
      const { actions = [], finding, until, owner, reason, location } = suppression;
      const subject = suppression.principal ?? `finding ${finding}`;
      return {
        id: findingId(accountId, subject, 'suppression-expired', [
          ...actions,
          ...(finding === undefined ? [] : [finding]),
          until,
        ]),
        kind: 'suppression-expired',
        severity: 'low',
        subject,
        actions: [],
        expectedBy: location,
        by: [],
        summary: `The suppression of ${suppressionWords(suppression)} ran out on ${until}; its owner is ${owner}, its reason was: ${reason.replace(/\.$/, '')}.`,
        remedies: [
          `${location.file}:${location.line}: remove it, or ask ${owner} for a new reason and a new last day.`,
        ],
      };
    }),
  );
}
