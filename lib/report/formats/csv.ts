import { actionName } from '#lib/words/labels.ts';
import type { JsonReport } from '../json.ts';
import { accountOf, line, placeWords, statementWords } from './finding-words.ts';
import { matrixOf } from './matrix.ts';

/**
 * What spreadsheets take for the start of a formula, full-width forms among them. IAM names may begin with `+`, `=`,
 * `@` and `-`. Source: OWASP, "CSV Injection".
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** A cell of RFC 4180, always quoted; what would be a formula is marked as text. */
function cell(text: string | number): string {
  const shown = line(String(text), 30_000);
  return `"${(FORMULA.test(shown.trimStart()) ? `'${shown}` : shown).replaceAll('"', '""')}"`;
}

/** Lines of RFC 4180. */
export const csvRows = (lines: readonly (readonly (string | number)[])[]): string =>
  lines.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');

const columns =
  'account,principal,kind,severity,state,actions,resources,condition,policies,statements,expected,expected by,reached by,summary,what to do,finding id';

/** The findings as a table, one row each. */
export function renderCsv(report: JsonReport): string {
  const findings = report.findings.map((finding) => [
    accountOf(finding, report),
    finding.principalArn ?? finding.subject,
    finding.kind,
    finding.severity,
    finding.suppressed === undefined ? 'open' : `suppressed until ${finding.suppressed.until}`,
    finding.actions.map(({ action }) => actionName(action)).join(' '),
    finding.scope ?? '',
    finding.when ?? '',
    [...new Set(finding.by.map((place) => policyOf(report, place)))].join(' | '),
    finding.by.map((place) => statementWords(report, place)).join(' | '),
    finding.expected ?? '',
    finding.expectedBy === undefined ? '' : placeWords(finding.expectedBy),
    finding.reachedBy ?? '',
    finding.summary,
    finding.remedies.join(' | '),
    finding.id,
  ]);
  return csvRows([columns.split(','), ...findings]);
}

function policyOf({ statements, policies }: JsonReport, place: number): string {
  const policy = policies[statements[place]?.policy ?? -1];
  return policy?.arn ?? policy?.name ?? '';
}

/** Who can do what: a row for each principal, a column for each action. */
export function renderMatrixCsv(report: JsonReport): string {
  const { actions, rows: principals } = matrixOf(report);
  return csvRows([
    ['principal', 'status', 'expected', ...actions.map(({ action }) => action)],
    ...principals.map(({ principal, cells }) => [
      principal.arn,
      principal.status,
      principal.expected,
      ...cells.map(({ state, expected, observed }) =>
        expected === undefined || expected === observed
          ? `${state}${observed === undefined ? '' : `: ${observed}`}`
          : `${state}: expected ${expected}, observed ${observed}`,
      ),
    ]),
  ]);
}
