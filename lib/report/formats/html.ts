import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { safeJson } from '#lib/words/escape.ts';
import type { JsonReport } from '../json.ts';
import { areLonger, compactPieces, utf8Of } from '../json-pieces.ts';
import { historyParts } from './history-parts.ts';

/** The program and the style of the page, as the build makes them of lib/report/page. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** A longer report stands in the page compressed, as base64. */
const PACKED_FROM = 1_000_000;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** In which no `<` can end the element that it stands in. */
function* piecesOf(value: object): Generator<string> {
  for (const piece of compactPieces(value)) yield piece.replaceAll('<', '\\u003c');
}
const packed = (text: string | Buffer): string => gzipSync(text).toString('base64');

const withoutHistories = ({ principals, ...report }: JsonReport): JsonReport => ({
  ...report,
  principals: principals.map(({ history: _, ...principal }) => principal),
});

/** The histories of a long report in parts of their own, which the page reads when somebody asks for one of them. */
function historiesOf({ principals }: JsonReport): string {
  const parts = historyParts(principals).map((part) => (part === undefined ? '' : packed(safeJson(part))));
  return parts.every((part) => part === '')
    ? ''
    : `<script type="application/json" id="histories">${JSON.stringify(parts)}</script>\n`;
}

/**
 * The report as one HTML file that asks nobody for anything: its policy allows the one script and the one style by
 * their hashes, and no request. The report stands in it as JSON.
 */
export function renderHtml(report: JsonReport, { script, style }: PageAssets): string {
  if (/<\/(script|style)/i.test(script + style))
    throw new Error('the page would end its own script or style');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const isPacked = areLonger(piecesOf(report), PACKED_FROM);
  const data = isPacked ? packed(utf8Of(piecesOf(withoutHistories(report)))) : [...piecesOf(report)].join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Amazon Rekognition permissions</title>
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This page needs JavaScript to show the report that it holds.</noscript></div>
<script type="${isPacked ? 'text/plain' : 'application/json'}" id="report">${data}</script>
${isPacked ? historiesOf(report) : ''}<script>${script}</script>
</body>
</html>
`;
}
