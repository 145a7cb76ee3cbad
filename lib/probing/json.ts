import type { RoleProbe } from '#lib/observe/types.ts';
import { reportAsJson } from '#lib/report/json.ts';
import type { ReportFile } from '#lib/report/report-file.ts';
import { withinResponse } from '#lib/report/response-size.ts';
import type { ProbeReport } from '#lib/report/types.ts';

/** A report of live calls as machines read it: the report of a check, and every answer. */
export type ProbeAnswer = ReportFile & { readonly probes: readonly RoleProbe[] };

/** Answers of all roles together take less than this; what a function may answer is 6 MB. */
const answerBytes = 2_500_000;

/** The report as the answer of a function. Answers that do not fit are left out, role by role, and it says so. */
export function probeReportAsJson({ probes, ...report }: ProbeReport): ProbeAnswer {
  const fitted = withinResponse(reportAsJson(report), 3_000_000);
  let left = answerBytes;
  const shown = probes.map((probe): RoleProbe => {
    left -= Buffer.byteLength(JSON.stringify(probe));
    return left >= 0 ? probe : { ...probe, answers: [] };
  });
  const cut = shown.filter((probe, index) => probe !== probes[index]).length;
  if (cut === 0) return { ...fitted, probes: shown };
  const leftOut = [fitted.leftOut, `the answers of ${cut} roles`].filter((part) => part !== undefined);
  return { ...fitted, leftOut: leftOut.join('; '), probes: shown };
}
