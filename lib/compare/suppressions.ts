import type { Suppression } from '#lib/expectation/types.ts';
import { findingId } from './finding-id.ts';
import { actionName, listed } from './labels.ts';
import { sortFindings } from './severity.ts';
import type { Finding } from './types.ts';

/**
 * Suppressions that have run out are findings of their own: whoever wrote one wanted to come back to it. What they
 * covered shows again by itself.
 *
 * @param expired those whose last day is over
 */
export function expiredSuppressions(expired: readonly Suppression[], accountId: string): Finding[] {
  return sortFindings(
    expired.map((suppression): Finding => {
      const { principal, actions, until, owner, reason, location } = suppression;
      return {
        id: findingId(accountId, principal, 'suppression-expired', [...actions, until]),
        kind: 'suppression-expired',
        severity: 'low',
        subject: principal,
        actions: [],
        expectedBy: location,
        by: [],
        summary: `The suppression of ${listed(actions.map(actionName), 4)} for ${principal} ran out on ${until}; its owner is ${owner}, its reason was: ${reason}.`,
        remedies: [
          `${location.file}:${location.line}: remove it, or ask ${owner} for a new reason and a new last day.`,
        ],
      };
    }),
  );
}
