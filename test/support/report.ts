import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { JsonReport } from '#lib/report/json.ts';
import { type ReportFile, unfolded } from '#lib/report/report-file.ts';

const ajv = new Ajv({ allErrors: true, validateFormats: false });
const isFile = ajv.compile<ReportFile>(JSON.parse(readFileSync('report.schema.json', 'utf8')));

/** A report's text as report.schema.json describes it, every reference in it within its table. */
export function readReport(text: string): JsonReport {
  const file: unknown = JSON.parse(text);
  if (!isFile(file)) throw new Error(ajv.errorsText(isFile.errors, { separator: '\n' }));
  const report = unfolded(file) as JsonReport;
  const places = {
    paths: file.principals.flatMap(({ path }) => path ?? []),
    states: file.principals.map(({ state }) => state),
    details: file.findings.map(({ details }) => details),
    shown: file.details.map(({ shown }) => shown),
    contexts: file.witnesses.map(({ context }) => context),
    policies: report.statements.map(({ policy }) => policy),
    statements: [
      ...report.findings.flatMap(({ by }) => by),
      ...(report.access?.rows ?? []).flatMap(({ observed }) => observed.flatMap(({ by = [] }) => by)),
      ...report.answers.flatMap(({ statements = [] }) => statements),
    ],
    witnesses: report.findings.flatMap(({ actions }) => actions.flatMap(({ witness }) => witness ?? [])),
    actionLists: report.findings.flatMap(({ leadsTo }) => leadsTo ?? []),
    reach: report.principals.flatMap(({ reachedBy }) => reachedBy ?? []),
    waysIn: report.principals.flatMap(({ reachedBy }) => reachedBy ?? []),
    answers: report.witnesses.flatMap(({ answers }) => answers),
  };
  for (const [table, used] of Object.entries(places)) {
    const size = file[table as keyof typeof places].length;
    if (used.some((place) => place >= size)) throw new Error(`a place beyond ${table}`);
    if (new Set(used).size !== size) throw new Error(`an entry of ${table} that nothing refers to`);
  }
  return report;
}
