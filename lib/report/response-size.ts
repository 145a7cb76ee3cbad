import type { JsonReport } from './json.ts';
import type { JsonWitness } from './json-tables.ts';
import { folded, type ReportFile } from './report-file.ts';

/** Lambda answers with at most 6 MB (Lambda Developer Guide, "Lambda quotas"); some is left for the envelope. */
const responseBytes = 5_500_000;

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
  if (fits(whole, limit)) return whole;
  const { findings } = report;
  const witnesses = report.witnesses.map((witness) => ({ ...witness, answers: [] }));
  const bare = { ...report, witnesses, answers: [], leftOut: `the evidence of every finding; ${elsewhere}` };
  const withoutEvidence = folded(bare);
  if (fits(withoutEvidence, limit)) return withoutEvidence;
  const principals = report.principals.filter(({ status }) => status !== 'as-expected');
  const short = {
    ...bare,
    principals,
    leftOut: `evidence, and principals that are as expected; ${elsewhere}`,
  };
  const all = folded(short);
  if (fits(all, limit)) return all;
  const some = mostThatFit(findings.length - 1, (kept) => {
    const shorter = folded({ ...withFindings(short, kept), leftOut: leftOutOf(kept) });
    return fits(shorter, limit) ? shorter : undefined;
  });
  return some ?? withoutFindings({ ...withFindings(short, 0), leftOut: leftOutOf(0) }, limit);

  function leftOutOf(left: number): string {
    return `evidence, principals that are as expected, and ${findings.length - left} findings; ${elsewhere}`;
  }
}

/** Whether JSON text of an object has at most so many bytes; no text of it is made as a whole, and no more than that takes. */
function fits(value: object, limit: number): boolean {
  let left = limit;
  for (const [key, member] of Object.entries(value)) {
    const entries: readonly unknown[] = Array.isArray(member) ? member : [member];
    // With the quotes, the colon, the brackets and the comma.
    left -= Buffer.byteLength(key) + 6;
    for (const entry of entries) {
      left -= Buffer.byteLength(JSON.stringify(entry) ?? 'null') + 1;
      if (left < 0) return false;
    }
  }
  return true;
}

/** What the greatest number makes that makes anything: from 1 to `most`, where what is made for one is made for all below. */
function mostThatFit<Made>(most: number, make: (kept: number) => Made | undefined): Made | undefined {
  let [low, high] = [0, most];
  let best: Made | undefined;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const made = make(middle);
    if (made === undefined) high = middle - 1;
    else [low, best] = [middle, made];
  }
  return best;
}

/** The report with its first findings, and the requests that show these. */
function withFindings(report: JsonReport, kept: number): JsonReport {
  const witnesses: JsonWitness[] = [];
  const places = new Map<number, number>();
  const placeOf = (before: number): number | undefined => {
    const known = places.get(before);
    const witness = report.witnesses[before];
    if (known !== undefined || witness === undefined) return known;
    places.set(before, witnesses.length);
    return witnesses.push(witness) - 1;
  };
  const findings = report.findings.slice(0, kept).map((finding) => ({
    ...finding,
    actions: finding.actions.map(({ witness, ...action }) => {
      const place = witness === undefined ? undefined : placeOf(witness);
      return place === undefined ? action : { ...action, witness: place };
    }),
  }));
  return { ...report, findings, witnesses };
}

/** The summary, and as many principals and warnings as there is room for. */
function withoutFindings(report: JsonReport & Pick<ReportFile, 'leftOut'>, limit: number): ReportFile {
  const { principals, warnings } = report;
  const some = mostThatFit(Math.max(principals.length, warnings.length), (left) => {
    const shorter = folded({
      ...report,
      principals: principals.slice(0, left),
      warnings: warnings.slice(0, left),
    });
    return fits(shorter, limit) ? shorter : undefined;
  });
  return some ?? folded({ ...report, principals: [], warnings: [] });
}
