import type { Finding } from '#lib/compare/types.ts';
import { escapeText, shortened } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import { exitCode, openFindings } from './exit.ts';
import { whatInShort } from './finding-line.ts';
import { severityCounts } from './severity-counts.ts';
import type { CheckReport } from './types.ts';

/** By this a workflow finds its own comment again, and replaces it. */
export const COMMENT_MARKER = '<!-- rekognition-permission-check -->';

/** GitHub takes 65,536 characters in a comment, and a step summary of a mebibyte. */
const LIMIT = 60_000;

const answers = {
  0: '✅ Nothing to object to',
  1: '❌ Findings',
  2: '❔ Something could not be determined',
} as const;

/**
 * A report as markdown, for a comment on a pull request or the summary of a step. What others wrote is shown as it is,
 * and forms no markup, no link and no mention.
 */
export function renderMarkdown(report: CheckReport): string {
  const open = openFindings(report.findings);
  const suppressed = report.findings.length - open.length;
  const { gate = {}, input } = report;
  const head = [
    COMMENT_MARKER,
    `## Amazon Rekognition permissions: ${answers[exitCode(report)]}`,
    '',
    [
      open.length === 0 ? 'no findings' : `${counted(open.length, 'finding')} (${severityCounts(open)})`,
      ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
      ...(gate.known === undefined ? [] : [`${gate.known} known before`]),
      ...(gate.failOn === undefined ? [] : [`fails from ${gate.failOn}`]),
      counted(report.principals.length, 'principal'),
      ...(input === undefined ? [] : [code(input)]),
      `account ${code(report.accountId)}`,
    ].join(' · '),
    '',
    ...(open.length === 0 ? [] : ['| | who | what | where |', '| --- | --- | --- | --- |']),
  ];
  const rows: string[] = [];
  let left = LIMIT - head.join('\n').length;
  for (const finding of open) {
    const row = rowOf(finding);
    if (row.length > left) break;
    left -= row.length + 1;
    rows.push(row);
  }
  const cut = rows.length < open.length ? ['', `… and ${open.length - rows.length} more.`] : [];
  const said = [...report.warnings, ...(report.notes ?? [])].map((note) => `- ${text(note)}`);
  const notes =
    said.length === 0 ? [] : ['', '<details><summary>Notes</summary>', '', ...said, '', '</details>'];
  return `${[...head, ...rows, ...cut, ...notes].join('\n')}\n`;
}

function rowOf(finding: Finding): string {
  const places = (finding.declaredIn ?? []).map(({ address, file, line }) =>
    file === undefined
      ? code(address)
      : `${code(address)} ${code(line === undefined ? file : `${file}:${line}`)}`,
  );
  const what = finding.kind === 'inconclusive' ? finding.summary : `${finding.kind}: ${whatInShort(finding)}`;
  return `| ${finding.severity} | ${code(finding.subject)} | ${text(what)} | ${places.join('<br>')} |`;
}

/** Text that forms nothing, addresses no links either. */
const text = (value: string): string => harmless(escapeText(value));

/** Code that cannot end early, also within a table. Markdown within an element of HTML is markdown. */
const code = (value: string): string => `<code>${harmless(shortened(escapeText(value, 300), 300))}</code>`;

/** Markdown's and HTML's characters as they are. */
const harmless = (value: string): string =>
  value.replaceAll(
    /[\\`*_{}[\]<>()#+!|~@&-]|:(?=\/\/)|(?<=\bwww)\./gi,
    (character) => `&#${character.charCodeAt(0)};`,
  );
