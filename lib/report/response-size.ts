import type { JsonReport } from './json.ts';

/** Lambda answers with at most 6 MB (Lambda Developer Guide, "Lambda quotas"); some is left for the envelope. */
const responseBytes = 5_500_000;

/** A report that says what was left out of it, and where the whole is to be had. */
export type FittedReport = JsonReport & { readonly leftOut?: string };

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const elsewhere = 'the command line gives the whole report';

/**
 * A report that fits into the answer of a function: first the evidence goes, then the principals that are as
 * expected, then the least severe findings. The summary still counts all findings.
 */
export function withinResponse(report: JsonReport, limit = responseBytes): FittedReport {
  if (bytes(report) <= limit) return report;
  const { findings } = report;
  const witnesses = report.witnesses.map((witness) => ({ ...witness, answers: [] }));
  const bare = { ...report, witnesses, answers: [], leftOut: `the evidence of every finding; ${elsewhere}` };
  if (bytes(bare) <= limit) return bare;
  const principals = report.principals.filter(({ status }) => status !== 'as-expected');
  const short = {
    ...bare,
    principals,
    leftOut: `evidence, and principals that are as expected; ${elsewhere}`,
  };
  let size = bytes(short);
  let kept = findings.length;
  while (kept > 0 && size > limit - 200) {
    kept -= 1;
    size -= bytes(findings[kept]) + 1;
  }
  if (kept === findings.length) return short;
  const leftOut = `evidence, principals that are as expected, and ${findings.length - kept} findings; ${elsewhere}`;
  return { ...short, findings: findings.slice(0, kept), leftOut };
}
