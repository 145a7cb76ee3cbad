import type { Finding } from '#lib/compare/types.ts';
import type { CheckReport } from './types.ts';

/** Findings that nobody has suppressed. */
export function openFindings(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ suppressed }) => suppressed === undefined);
}

/** Whether at least one principal was judged by at least one answer. No results must not look like no findings. */
export function anythingChecked({ principals }: CheckReport): boolean {
  return principals.some(({ status, requests }) =>
    status === 'as-expected' ? requests > 0 : status === 'findings',
  );
}

/**
 * What a script learns from a report: 0 as expected, 1 findings, 2 inconclusive. A run in which anything was
 * inconclusive, or nothing was checked, never passes.
 */
export function exitCode(report: CheckReport): 0 | 1 | 2 {
  const open = openFindings(report.findings);
  if (open.some(({ kind }) => kind !== 'inconclusive')) return 1;
  const unknown =
    open.length > 0 ||
    report.principals.some(
      ({ status, requests }) => status === 'inconclusive' || (status === 'as-expected' && requests === 0),
    );
  return unknown || !anythingChecked(report) ? 2 : 0;
}
