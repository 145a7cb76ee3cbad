import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { JsonReport } from '#lib/report/json.ts';

const ajv = new Ajv({ allErrors: true, validateFormats: false });
const isReport = ajv.compile<JsonReport>(JSON.parse(readFileSync('report.schema.json', 'utf8')));

/** A report's text as report.schema.json describes it, every reference in it within its table. */
export function readReport(text: string): JsonReport {
  const report: unknown = JSON.parse(text);
  if (!isReport(report)) throw new Error(ajv.errorsText(isReport.errors, { separator: '\n' }));
  const places = {
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
    const size = report[table as keyof typeof places].length;
    if (used.some((place) => place >= size)) throw new Error(`a place beyond ${table}`);
    if (new Set(used).size !== size) throw new Error(`an entry of ${table} that nothing refers to`);
  }
  return report;
}
