import type { JsonReport } from './json.ts';
import { folded, type ReportFile } from './report-file.ts';

/** Lambda answers with at most 6 MB (Lambda Developer Guide, "Lambda quotas"); some is left for the envelope. */
const responseBytes = 5_500_000;

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * A report that fits into the answer of a function, as it is written: first the evidence goes, then the principals that
 * are as expected, then the least severe findings. The summary still counts all findings; `leftOut` says what is missing.
 *
 * @param elsewhere where the whole report is
 */
export function withinResponse(
  report: JsonReport,
  limit = responseBytes,
  elsewhere = 'the command line gives the whole report',
): ReportFile {
  const whole = folded(report);
  if (bytes(whole) <= limit) return whole;
  const { findings } = report;
  const witnesses = report.witnesses.map((witness) => ({ ...witness, answers: [] }));
  const bare = { ...report, witnesses, answers: [], leftOut: `the evidence of every finding; ${elsewhere}` };
  const withoutEvidence = folded(bare);
  if (bytes(withoutEvidence) <= limit) return withoutEvidence;
  const principals = report.principals.filter(({ status }) => status !== 'as-expected');
  const short = {
    ...bare,
    principals,
    leftOut: `evidence, and principals that are as expected; ${elsewhere}`,
  };
  const all = folded(short);
  let size = bytes(all);
  let kept = findings.length;
  while (kept > 0 && size > limit - 200) {
    kept -= 1;
    size -= bytes(all.findings[kept]) + 1;
  }
  if (kept === findings.length) return all;
  // What findings share in tables goes only with the last of them, so what is left is weighed again.
  for (; kept > 0; kept = Math.floor(kept / 2)) {
    const some = folded({ ...short, findings: findings.slice(0, kept), leftOut: leftOutOf(kept) });
    if (bytes(some) <= limit) return some;
  }
  const without = { ...short, findings: [], witnesses: [], leftOut: leftOutOf(0) };
  return withoutFindings(without, limit);

  function leftOutOf(left: number): string {
    return `evidence, principals that are as expected, and ${findings.length - left} findings; ${elsewhere}`;
  }
}

/** The summary, and as many principals and warnings as there is room for. */
function withoutFindings(report: JsonReport, limit: number): ReportFile {
  const { principals, warnings } = report;
  for (let left = Math.max(principals.length, warnings.length); left > 0; left = Math.floor(left / 2)) {
    const some = folded({
      ...report,
      principals: principals.slice(0, left),
      warnings: warnings.slice(0, left),
    });
    if (bytes(some) <= limit) return some;
  }
  return folded({ ...report, principals: [], warnings: [] });
}
