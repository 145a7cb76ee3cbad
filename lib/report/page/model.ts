import { type Cell, type MatrixAction, type MatrixRow, matrixOf } from '../formats/matrix.ts';
import type { JsonFinding, JsonReport } from '../json.ts';
import type { ReadHistory } from './histories.ts';
import { reachOf } from './reach-filter.ts';

/** Principals for whom everything that the page shows of them is the same. */
export interface RowGroup {
  readonly cells: readonly Cell[];
  readonly members: readonly [MatrixRow, ...MatrixRow[]];
}

/** What a reader looks for; empty texts leave nothing out. */
export interface Filters {
  readonly text: string;
  readonly kind: string;
  readonly severity: string;
  readonly expected: string;
  /** A class of those who can become it. */
  readonly reach: string;
  readonly onlyFindings: boolean;
  /** Only those of whom something is new, or whose access changed. */
  readonly onlyChanges: boolean;
}

export const noFilters: Filters = {
  text: '',
  kind: '',
  severity: '',
  expected: '',
  reach: '',
  onlyFindings: false,
  onlyChanges: false,
};

export interface Model {
  readonly report: JsonReport;
  readonly actions: readonly MatrixAction[];
  readonly rows: readonly MatrixRow[];
  readonly readHistory: ReadHistory;
}

export function modelOf(report: JsonReport, readHistory: ReadHistory): Model {
  return { report, readHistory, ...matrixOf(report) };
}

/** Findings that say that something changed: by their kind, or since the last run that is known. */
export const isChange = ({ kind, id }: JsonFinding, { earlier }: JsonReport): boolean =>
  kind === 'access-gained' || kind === 'access-lost' || (earlier?.added.includes(id) ?? false);

/** Whether anything can be said of what changed. */
export const knowsChanges = (report: JsonReport): boolean =>
  report.earlier !== undefined || report.findings.some((finding) => isChange(finding, report));

/** The rows that a reader looks for. */
export function filtered({ rows, report }: Model, filters: Filters): readonly MatrixRow[] {
  const { kind, severity, expected, reach, onlyFindings, onlyChanges } = filters;
  const text = filters.text.trim().toLowerCase();
  const byFindings = onlyFindings || onlyChanges || kind !== '' || severity !== '';
  const wanted = (one: JsonFinding) =>
    (kind === '' || one.kind === kind) &&
    (severity === '' || one.severity === severity) &&
    (!onlyChanges || isChange(one, report));
  return rows.filter(
    ({ principal, findings }) =>
      (text === '' || principal.arn.toLowerCase().includes(text)) &&
      (expected === '' || principal.expected === expected) &&
      (reach === '' || reachOf(principal, report).includes(reach)) &&
      (!byFindings || findings.some(wanted)),
  );
}

/** Rows alike as one, those with the worst findings first. */
export function grouped(rows: readonly MatrixRow[]): readonly RowGroup[] {
  const groups = new Map<string, RowGroup & { members: [MatrixRow, ...MatrixRow[]] }>();
  const numbers = new Map<readonly Cell[], number>();
  for (const row of rows) {
    const { cells, principal, findings } = row;
    const number = numbers.get(cells) ?? numbers.size;
    numbers.set(cells, number);
    const key = JSON.stringify([number, principal.status, principal.expected, findings.map(likenessOf)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { cells, members: [row] });
    else group.members.push(row);
  }
  return [...groups.values()].sort((a, b) => worst(a.members[0]) - worst(b.members[0]));
}

const severities = ['critical', 'high', 'medium', 'low'];

function worst({ findings, principal }: MatrixRow): number {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  if (open.length > 0) return Math.min(...open.map(({ severity }) => severities.indexOf(severity)));
  return principal.status === 'inconclusive' ? 4 : principal.status === 'as-expected' ? 5 : 6;
}

/** Findings of different principals that are alike: the same kind, by the same statements, of the same actions. */
const likenessOf = ({ kind, severity, by, scope, when, actions, suppressed }: JsonFinding): unknown => [
  kind,
  severity,
  by,
  scope,
  when,
  actions.map(({ action }) => action),
  suppressed?.until,
];

/** Findings alike, with whom they are about; in the order of the report, which is worst first. */
export interface FindingGroup {
  readonly finding: JsonFinding;
  readonly subjects: readonly string[];
}

export function findingGroups(findings: readonly JsonFinding[]): readonly FindingGroup[] {
  const groups = new Map<string, { finding: JsonFinding; subjects: string[] }>();
  for (const finding of findings) {
    if (finding.suppressed !== undefined) continue;
    const key = JSON.stringify([
      likenessOf(finding),
      finding.actions.length === 0 ? finding.summary : '',
      finding.reachedBy,
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { finding, subjects: [finding.subject] });
    else group.subjects.push(finding.subject);
  }
  return [...groups.values()];
}

/** Who was not checked, by the reason. */
export function notChecked({ principals }: JsonReport): readonly (readonly [string, readonly string[]])[] {
  const reasons = new Map<string, string[]>();
  for (const { subject, status, note } of principals) {
    if (status === 'as-expected' || status === 'findings') continue;
    const reason = note ?? (status === 'inconclusive' ? 'could not be determined' : status);
    reasons.set(reason, [...(reasons.get(reason) ?? []), subject]);
  }
  return [...reasons];
}
