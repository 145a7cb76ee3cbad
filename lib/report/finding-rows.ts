import type { Severity } from '#lib/catalog/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import { escapeText } from '#lib/words/escape.ts';
import { causeInShort, expectedWords, whatInShort } from './finding-line.ts';
import { wrap, wrapRemedy } from './wrap.ts';

/** A finding as a row of the terminal's table. */
export interface FindingRow {
  readonly severity: Severity;
  /** `role/analyst and 3 more` */
  readonly who: string;
  readonly kind: string;
  readonly what: string;
  /** What does it, or until when it is suppressed; may be empty. */
  readonly cause: string;
  /** Below the row: sentences and commands. */
  readonly details: readonly string[];
}

const GAP = '  ';
const MARGIN = 10;
/** A name that is longer stands alone, so that it does not push everything else to the right. */
const WIDEST_NAME = 32;
/** A sentence that is longer does not push what follows it in the other rows to the right. */
const WIDEST_WHAT = 80;

/** The row of a finding that some principals share, the first by name. */
export function rowOf(finding: Finding, subjects: readonly string[], withDetails: boolean): FindingRow {
  const { suppressed, severity, kind, summary, remedies, accept } = finding;
  const [first = finding.subject, ...others] = subjects;
  const what = whatInShort(finding);
  const cause = suppressed
    ? `until ${suppressed.until}, ${suppressed.owner}: ${suppressed.reason}`
    : causeInShort(finding);
  const expected = expectedWords(finding);
  const details = [
    ...(others.length > 0 ? [`all of it: ${subjects.join(', ')}`] : []),
    ...(summary.endsWith(what) ? [] : [summary]),
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(finding.reachedBy === undefined ? [] : [`reached by ${finding.reachedBy}`]),
    ...(others.length > 0 && remedies.length > 0
      ? [`for ${finding.subject}, and likewise for the others:`]
      : []),
    ...remedies,
    ...(accept ? `or accept: ${accept}`.split('\n') : []),
  ];
  return {
    severity,
    who: escapeText(others.length === 0 ? first : `${first} and ${others.length} more`),
    kind,
    what: escapeText(what),
    cause: escapeText(cause),
    details: withDetails ? details.map((line) => escapeText(line, Number.POSITIVE_INFINITY)) : [],
  };
}

/**
 * Rows as lines: each on one line where all fit, else what and cause below who. Nothing is cut; a word that is longer
 * than a line stays whole.
 *
 * @param paint colours the severity at the start of a line
 */
export function rowLines(
  rows: readonly FindingRow[],
  width: number,
  paint: (text: string, severity: Severity) => string,
): string[] {
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(({ length }) => length));
  const names = rows.map((row) => row.who);
  const kind = widest(rows.map((row) => row.kind));
  const whats = rows.filter(({ cause }) => cause !== '').map((row) => row.what);
  const what = widest(whats.filter(({ length }) => length <= WIDEST_WHAT));
  const flatLine = (row: FindingRow): string =>
    [row.who.padEnd(widest(names)), row.kind.padEnd(kind), row.what.padEnd(what), row.cause]
      .join(GAP)
      .trimEnd();
  const isFlat = rows.every((row) => MARGIN + flatLine(row).length <= width);
  const who = widest(names.filter(({ length }) => length <= WIDEST_NAME));
  const margin = ' '.repeat(MARGIN);
  return rows.flatMap((row) => {
    const severity = row.severity.toUpperCase();
    const start = `${paint(severity, row.severity)}${' '.repeat(MARGIN - severity.length)}`;
    const lines = isFlat ? [flatLine(row)] : foldedRow(row, who, kind, width);
    const [first = '', ...rest] = lines;
    return [
      `${start}${first}`,
      ...rest.map((line) => `${margin}${line}`),
      ...row.details.flatMap((line) =>
        // Lines to be pasted stay as they are.
        line.startsWith('  ') ? [`${margin}${line}`] : wrapRemedy(line, margin, width),
      ),
    ];
  });
}

/** Who, kind and what, as far as they fit side by side; below them the rest, and the cause. */
function foldedRow(row: FindingRow, who: number, kind: number, width: number): string[] {
  const room = width - MARGIN;
  const head = `${row.who.padEnd(who)}${GAP}${row.kind}`;
  const cause = row.cause === '' ? [] : wrap(row.cause, '', room);
  const whole = `${row.who.padEnd(who)}${GAP}${row.kind.padEnd(kind)}${GAP}${row.what}`;
  if (whole.length <= room) return [whole, ...cause];
  if (head.length <= room) return [head, ...wrap(row.what, '', room), ...cause];
  return [...wrap(row.who, '', room), ...wrap(`${row.kind}${GAP}${row.what}`, '', room), ...cause];
}
