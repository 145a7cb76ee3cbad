import { actions } from '#lib/catalog/actions.ts';
import type { Severity } from '#lib/catalog/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import { escapeText, shortened } from '#lib/words/escape.ts';
import { counted, listed } from '#lib/words/labels.ts';
import { anythingChecked, exitCode, openFindings } from './exit.ts';
import { causeInShort, whatInShort } from './finding-line.ts';
import { severityCounts } from './severity-counts.ts';
import type { CheckReport, PrincipalResult } from './types.ts';
import { wrap, wrapRemedy } from './wrap.ts';

export interface TextOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal; absent: lines are as long as they need to be. */
  readonly width?: number;
  /** Below each finding: its sentence, and what to do. */
  readonly details?: boolean;
  /** Name of the program in the hint how to explain a line; absent: no hint. */
  readonly program?: string;
}

const colours: Readonly<Record<Severity | 'dim', string>> = {
  critical: '\u001b[1;31m',
  high: '\u001b[31m',
  medium: '\u001b[33m',
  low: '\u001b[36m',
  dim: '\u001b[2m',
};

type Paint = (text: string, as: keyof typeof colours) => string;

/** Names that a line shows before it only counts the others. */
const SHOWN_NAMES = 8;

interface Row {
  readonly cells: readonly string[];
  readonly below: readonly string[];
  readonly severity: Severity;
}

/** Columns that a cell is cut to where another stands behind it. */
const WIDEST_CELL = 72;

/** Whether a line has all of a sentence. */
function shownWhole(sentence: string, cells: readonly string[]): boolean {
  return cells.includes(sentence) && (cells.at(-1) === '' || sentence.length <= WIDEST_CELL);
}

function rowOf(finding: Finding, details: boolean, width: number): Row {
  const last = finding.suppressed
    ? `until ${finding.suppressed.until}, ${finding.suppressed.owner}: ${finding.suppressed.reason}`
    : causeInShort(finding);
  const cells = [finding.severity.toUpperCase(), finding.subject, finding.kind, whatInShort(finding), last];
  return {
    severity: finding.severity,
    cells: cells.map((cell) => escapeText(cell)),
    below: details
      ? [
          ...(shownWhole(finding.summary, cells) ? [] : [finding.summary]),
          ...(finding.reachedBy === undefined ? [] : [`reached by ${finding.reachedBy}`]),
          ...finding.remedies,
          ...(finding.accept ? [`or accept: ${finding.accept}`] : []),
        ].flatMap((line) => wrapRemedy(escapeText(line), ' '.repeat(10), width))
      : [],
  };
}

/** Columns as wide as their widest cell, within limits; the two last ones share what the terminal leaves. */
function layout(rows: readonly Row[], width: number, paint: Paint): string[] {
  const widest = (column: number): number =>
    Math.max(0, ...rows.map(({ cells }) => cells[column]?.length ?? 0));
  const fixed = [8, Math.min(widest(1), 40), widest(2)];
  const left = Math.max(40, width - fixed.reduce((sum, column) => sum + column + 2, 0));
  const reserved = Math.min(widest(4), Math.max(24, Math.floor(left * 0.45)));
  const what = Math.min(widest(3), Math.max(14, left - reserved - 2), WIDEST_CELL);
  const last = Math.min(200, left - what - 2);
  const widths = [...fixed, what];
  return rows.flatMap(({ cells, below, severity }) => {
    const padded = widths.map((columns, i) => {
      const cell = cells[i] ?? '';
      // A sentence without a cause beside it may take the rest of the line.
      const room = i === 3 && cells[4] === '' ? left : columns;
      return shortened(cell, Math.max(1, room)).padEnd(columns);
    });
    const line = [...padded, shortened(cells[4] ?? '', last)].join('  ').trimEnd();
    return [`${paint(line.slice(0, 8), severity)}${line.slice(8)}`, ...below];
  });
}

function names(principals: readonly PrincipalResult[]): string {
  return escapeText(
    listed(
      principals.map(({ subject }) => subject),
      SHOWN_NAMES,
    ),
  );
}

function uncheckedLines(report: CheckReport, width: number): string[] {
  const with_ = (status: PrincipalResult['status']): PrincipalResult[] =>
    report.principals.filter((principal) => principal.status === status);
  const notJudged = with_('not-judged');
  const notCheckable = with_('not-checkable');
  const reasons = [...new Set(notCheckable.map(({ note }) => note).filter((note) => note !== undefined))];
  return [
    ...(notJudged.length > 0 ? wrap(names(notJudged), 'not judged      ', width) : []),
    ...(notCheckable.length > 0
      ? wrap(
          `${names(notCheckable)}${reasons.length > 0 ? ` (${escapeText(listed(reasons, 2))})` : ''}`,
          'not checkable   ',
          width,
        )
      : []),
  ];
}

function footer(report: CheckReport, open: readonly Finding[], suppressed: number): string {
  const count = (status: PrincipalResult['status']): number =>
    report.principals.filter((principal) => principal.status === status).length;
  const inconclusive = count('inconclusive');
  return [
    open.length === 0 ? 'no findings' : `${counted(open.length, 'finding')} (${severityCounts(open)})`,
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
    ...(report.gate?.known === undefined ? [] : [`${report.gate.known} known before`]),
    `${counted(count('as-expected'), 'principal')} as expected`,
    ...(inconclusive > 0 ? [`${inconclusive} inconclusive`] : []),
    ...(count('not-judged') > 0 ? [`${count('not-judged')} not judged`] : []),
    ...(count('not-checkable') > 0 ? [`${count('not-checkable')} not checkable`] : []),
  ].join(' · ');
}

/**
 * A report for a terminal: one line a finding, worst first; suppressed ones apart; principals that were not judged or could
 * not be checked by name; counts and the exit code last. Ends with a newline. Everything that others wrote is escaped.
 */
export function renderText(report: CheckReport, options: TextOptions = {}): string {
  const { color = false, width = Number.POSITIVE_INFINITY, details = false, program } = options;
  const paint: Paint = (text, as) => (color ? `${colours[as]}${text}\u001b[0m` : text);
  const open = openFindings(report.findings);
  const suppressed = report.findings.filter((finding) => finding.suppressed !== undefined);
  const code = exitCode(report);
  const worst = open.find(({ actions: list, principalArn }) => list.length > 0 && principalArn !== undefined);
  const hint =
    program === undefined || worst === undefined
      ? ''
      : `   explain a line: ${program} explain ${escapeText(worst.subject)} ${escapeText(worst.actions[0]?.action.split(':')[1] ?? '')}`;
  const blocks: string[][] = [
    [
      paint(
        [
          counted(report.principals.length, 'principal'),
          `${actions.length} actions`,
          escapeText(report.expectations),
          listed(report.evidence),
          `account ${report.accountId}`,
          report.region,
          `${report.seconds.toFixed(1)} s`,
        ]
          .filter((part) => part !== '')
          .join(' · '),
        'dim',
      ),
    ],
    report.warnings.map((warning) => `${paint('warning', 'medium')}   ${escapeText(warning)}`),
    layout(
      open.map((finding) => rowOf(finding, details, width)),
      width,
      paint,
    ),
    suppressed.length === 0
      ? []
      : [
          'Suppressed:',
          ...layout(
            suppressed.map((finding) => rowOf(finding, false, width)),
            width,
            paint,
          ),
        ],
    uncheckedLines(report, width),
    [
      ...(anythingChecked(report) || open.length > 0 ? [] : ['Nothing was checked, so nothing is known.']),
      footer(report, open, suppressed.length),
      `exit ${code}${hint}`,
    ],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}
