import { groupBy } from '#lib/compare/group-by.ts';
import type { Finding } from '#lib/compare/types.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import { whatInShort } from './finding-line.ts';
import { findingJson } from './what-if.ts';
import { wrap, wrapCommand } from './wrap.ts';

/** Changes of policies that mend findings, as they were tried on a copy. */
export interface Fix {
  readonly accountId: string;
  readonly mended: readonly Finding[];
  readonly left: readonly { readonly finding: Finding; readonly why: string }[];
  /** AWS CLI commands, in order. */
  readonly commands: readonly string[];
  readonly documents: readonly {
    readonly policy: string;
    readonly holder?: string;
    readonly text: string;
    /** JSON Patch; absent: the document is new. */
    readonly patch?: readonly object[];
  }[];
  /** Open findings of the account after all of it. */
  readonly open: number;
}

const WIDTH = 80;

/** 0 all that was asked for is mended, 1 something is left. */
export const fixExit = ({ left }: Fix): 0 | 1 => (left.length === 0 ? 0 : 1);

/** For a terminal: commands and documents whole, so that they can be pasted. Ends with a newline. */
export function renderFix({ mended, left, commands, documents, open }: Fix): string {
  const blocks: string[][] = [
    findingLines(
      'mended',
      mended.map((finding) => ({ finding })),
    ),
    commands.length === 0
      ? []
      : ['In this order:', ...commands.flatMap((one) => wrapCommand(one, '  ', WIDTH))],
    ...documents.map(({ policy, holder, text, patch }) => [
      `${policy}${holder === undefined ? '' : ` of ${holder}`}${patch === undefined ? ' (new)' : ''}:`,
      ...readable(text).split(/\r?\n/),
      ...(patch === undefined ? [] : ['as a JSON Patch:', ...patch.map((one) => JSON.stringify(one))]),
    ]),
    findingLines('left', left),
    [`after this: ${open === 0 ? 'no findings' : counted(open, 'finding')}`],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => escapeText(line, Number.POSITIVE_INFINITY)).join('\n'))
    .join('\n\n')}\n`;
}

/** A document on one line is laid out; another stays as it is. */
function readable(text: string): string {
  return text.includes('\n') ? text : JSON.stringify(JSON.parse(text), undefined, 2);
}

function findingLines(
  title: string,
  all: readonly { readonly finding: Finding; readonly why?: string }[],
): string[] {
  if (all.length === 0) return [];
  const alike = groupBy(all, ({ finding, why }) =>
    JSON.stringify([finding.kind, finding.severity, whatInShort(finding), why]),
  );
  return [
    `${title}: ${counted(all.length, 'finding')}`,
    ...[...alike.values()].flatMap((rows) => {
      const [{ finding, why }] = rows;
      const who = rows.map((row) => row.finding.subject).join(', ');
      const ids = rows.map((row) => row.finding.id).join(', ');
      const text = `${who}: ${finding.kind}, ${whatInShort(finding)} [${ids}]`;
      return [
        ...wrap(text, `  ${finding.severity.padEnd(10)}`, WIDTH),
        ...(why === undefined ? [] : wrap(why, ' '.repeat(12), WIDTH)),
      ];
    }),
  ];
}

/** For machines, in the form of answers.schema.json. */
export function fixJson({ accountId, mended, left, commands, documents, open }: Fix): string {
  const answer = {
    command: 'fix',
    account: accountId,
    mended: mended.map(findingJson),
    left: left.map(({ finding, why }) => ({ finding: findingJson(finding), why })),
    commands,
    documents: documents.map(({ text, ...rest }) => ({
      ...rest,
      text,
      document: JSON.parse(text) as unknown,
    })),
    open,
  };
  return `${safeJson(answer, 2)}\n`;
}
