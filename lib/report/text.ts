import { actions } from '#lib/catalog/actions.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { Finding } from '#lib/compare/types.ts';
import { shellWord } from '#lib/words/aws-command.ts';
import { escapeText } from '#lib/words/escape.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import { anythingChecked, exitCode, openFindings } from './exit.ts';
import { rowLines, rowOf } from './finding-rows.ts';
import { itemsOfFindings } from './mail-items.ts';
import { severityCounts } from './severity-counts.ts';
import type { CheckReport, PrincipalResult } from './types.ts';
import { wrap, wrapCommand } from './wrap.ts';

export interface TextOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal; absent: lines are as long as they need to be. */
  readonly width?: number;
  /** Below each finding: its sentence, and what to do. */
  readonly details?: boolean;
  /** How to explain a line: the program, and the options with which it found what it found. Absent: no hint. */
  readonly explain?: { readonly program: string; readonly options: readonly string[] };
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

function footer(report: CheckReport, open: readonly Finding[], suppressed: number): string[] {
  const count = (status: PrincipalResult['status']): number =>
    report.principals.filter((principal) => principal.status === status).length;
  const inconclusive = count('inconclusive');
  return [
    open.length === 0 ? 'no findings' : `${counted(open.length, 'finding')} (${severityCounts(open)})`,
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
    ...(report.gate?.known === undefined ? [] : [`${report.gate.known} known before`]),
    `${counted(count('as-expected'), 'principal')} as expected${provedWord(report.principals)}`,
    ...(inconclusive > 0 ? [`${inconclusive} inconclusive`] : []),
    ...(count('not-judged') > 0 ? [`${count('not-judged')} not judged`] : []),
    ...(count('not-checkable') > 0 ? [`${count('not-checkable')} not checkable`] : []),
  ];
}

/** That there is no request that they can make and should not, where that is certain. */
function provedWord(principals: readonly PrincipalResult[]): string {
  const expected = principals.filter(({ status }) => status === 'as-expected');
  const proved = expected.filter((principal) => principal.proved).length;
  if (proved === 0) return '';
  return proved === expected.length ? ', proved' : `, ${proved} proved`;
}

/** Notes that a terminal shows; the JSON report has all. */
const SHOWN_NOTES = 10;

/** What is no finding, such as who of elsewhere has access where nobody said who should. */
function noteLines({ principals, notes: ofAccount = [] }: CheckReport, width: number): string[] {
  const ofPrincipals = principals.flatMap(({ subject, shared = [] }) =>
    shared.map((note) => ({ subject, note })),
  );
  const alike = groupBy(ofPrincipals, ({ note }) => note);
  const notes = [
    ...ofAccount,
    ...[...alike].map(
      ([note, all]) =>
        `${listed(
          all.map(({ subject }) => subject),
          1,
        )} ${note}`,
    ),
  ];
  const more = notes.length - SHOWN_NOTES;
  return [
    ...notes.slice(0, SHOWN_NOTES).flatMap((note) => wrap(escapeText(note), 'note      ', width)),
    ...(more > 0 ? [`note      and ${counted(more, 'note')} more: the JSON report has all`] : []),
  ];
}

const HEADING_GAP = ' · ';

/** Parts side by side, on as many lines as they need. */
function headingLines(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts.filter((one) => one !== '')) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last}${HEADING_GAP}${part}`;
    if (last === undefined || longer.length > width) lines.push(part);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** A command that explains the worst finding, as it can be pasted. */
function explainLines(
  open: readonly Finding[],
  { explain, width = Number.POSITIVE_INFINITY }: TextOptions,
): string[] {
  const worst = open.find(
    ({ actions: list, principalArn }) =>
      principalArn !== undefined && list[0]?.action.startsWith('rekognition:'),
  );
  const [action] = worst?.actions ?? [];
  if (explain === undefined || worst === undefined || action === undefined) return [];
  const words = ['explain', worst.subject, actionName(action.action), ...explain.options];
  const command = [explain.program, ...words.map(shellWord)].join(' ');
  return ['explain a line:', ...wrapCommand(escapeText(command), '', width)];
}

function reportHeading(report: CheckReport): string[] {
  return [
    counted(report.principals.length, 'principal'),
    `${actions.length} actions`,
    escapeText(report.expectations),
    listed(report.evidence),
    `account ${report.accountId}`,
    report.region,
    `${report.seconds.toFixed(1)} s`,
  ];
}

function suppressedLines(suppressed: readonly Finding[], width: number, paint: Paint): string[] {
  if (suppressed.length === 0) return [];
  const rows = suppressed.map((finding) => rowOf(finding, [finding.subject], false));
  return ['Suppressed:', ...rowLines(rows, width, paint)];
}

/**
 * A report for a terminal: one row a finding, worst first, and one for all principals that share its cause; suppressed
 * findings apart; principals that were not judged or could not be checked by name; counts and the exit code last. Ends
 * with a newline. No name is cut, and everything that others wrote is escaped.
 */
export function renderText(report: CheckReport, options: TextOptions = {}): string {
  const { color = false, width = Number.POSITIVE_INFINITY, details = false } = options;
  const paint: Paint = (text, as) => (color ? `${colours[as]}${text}\u001b[0m` : text);
  const open = openFindings(report.findings);
  const suppressed = report.findings.filter((finding) => finding.suppressed !== undefined);
  const rows = itemsOfFindings(open).map(({ finding, subjects }) => rowOf(finding, subjects, details));
  const blocks: string[][] = [
    headingLines(reportHeading(report), width).map((line) => paint(line, 'dim')),
    report.warnings.flatMap((warning) =>
      wrap(escapeText(warning), 'warning   ', width).map((line) =>
        line.replace(/^warning/, paint('warning', 'medium')),
      ),
    ),
    rowLines(rows, width, paint),
    noteLines(report, width),
    suppressedLines(suppressed, width, paint),
    uncheckedLines(report, width),
    [
      ...(anythingChecked(report) || open.length > 0 ? [] : ['Nothing was checked, so nothing is known.']),
      ...headingLines(footer(report, open, suppressed.length), width),
      `exit ${exitCode(report)}`,
      ...explainLines(open, options),
    ],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}
