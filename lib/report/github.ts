import type { Finding } from '#lib/compare/types.ts';
import { escapeText, shortened } from '#lib/words/escape.ts';
import { openFindings } from './exit.ts';
import { whatInShort } from './finding-line.ts';
import type { CheckReport } from './types.ts';

/** GitHub shows ten annotations of a kind in a step, and fifty in a job. */
const SHOWN = 50;

/** A command of GitHub's runner is one line, and has characters of its own. Source: actions/toolkit, command.ts. */
const data = (text: string): string =>
  shortened(text, 4000).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/**
 * Findings as annotations of GitHub Actions, worst first, at the file and line where a plan declares what does it. The
 * step summary and the comment are markdown (markdown.ts).
 */
export function renderAnnotations(report: CheckReport): string {
  const open = openFindings(report.findings);
  const lines = open.slice(0, SHOWN).map(annotation);
  if (open.length > SHOWN)
    lines.push(`::notice::${open.length - SHOWN} more findings are in the step summary`);
  return lines.map((line) => `${line}\n`).join('');
}

function annotation(finding: Finding): string {
  const { severity, subject, kind, summary, declaredIn, expectedBy } = finding;
  const level = severity === 'critical' || severity === 'high' ? 'error' : 'warning';
  const [place = expectedBy] = declaredIn?.filter(({ file }) => file !== undefined) ?? [];
  const title = `${severity} ${kind}: ${subject}`;
  const where = [
    ...(place?.file === undefined ? [] : [`file=${property(escapeText(place.file))}`]),
    ...(place?.line === undefined ? [] : [`line=${place.line}`]),
    `title=${property(escapeText(title))}`,
  ];
  const text = summary === '' ? whatInShort(finding) : summary;
  return `::${level} ${where.join(',')}::${data(escapeText(text))}`;
}
