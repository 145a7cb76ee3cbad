import { compareSeverity } from '#lib/catalog/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { CheckReport, Gate } from './types.ts';

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
  if (report.gate !== undefined) return gateExitCode(report, report.gate);
  const open = openFindings(report.findings);
  if (open.some(({ kind }) => kind !== 'inconclusive')) return 1;
  const unknown =
    open.length > 0 ||
    report.principals.some(
      ({ status, requests }) => status === 'inconclusive' || (status === 'as-expected' && requests === 0),
    );
  return unknown || !anythingChecked(report) ? 2 : 0;
}

/** Of the findings alone: what a gate leaves out says nothing, and a plan may say nothing about anybody. */
function gateExitCode(
  { findings, principals }: CheckReport,
  { failOn = 'low', declaresNothing }: Gate,
): 0 | 1 | 2 {
  const open = openFindings(findings).filter(({ severity }) => compareSeverity(severity, failOn) <= 0);
  if (open.some(({ kind }) => kind !== 'inconclusive')) return 1;
  return open.length > 0 || (principals.length === 0 && declaresNothing !== true) ? 2 : 0;
}
