import { isExpired } from '#lib/expectation/suppressions.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { linesOfJson } from '#lib/report/json.ts';
import type { CheckReport } from '#lib/report/types.ts';

/** What the team accepts: by whom, why, until when, and which findings that covers. */
export function suppressionsText({ findings, startedAt }: CheckReport, expectations: Expectations): string {
  const today = startedAt.slice(0, 10);
  return linesOfJson({
    suppressions: expectations.suppressions.map((one) => ({
      principal: one.principal,
      actions: one.actions,
      finding: one.finding,
      reason: one.reason,
      owner: one.owner,
      until: one.until,
      expired: isExpired(one, today),
      writtenIn: `${one.location.file}:${one.location.line}`,
      covers: findings
        .filter(({ suppressed }) => suppressed?.location.line === one.location.line)
        .map(({ id, subject, kind, actions }) => ({
          id,
          subject,
          kind,
          actions: actions.map(({ action }) => action),
        })),
    })),
  });
}
