import { actions } from '#lib/catalog/actions.ts';
import { availabilityNote } from '#lib/compare/finding-draft.ts';
import { byAction } from '#lib/compare/severity.ts';
import { escapeForMail } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import { causesInShort, changeLines, moment } from './mail-changes.ts';
import type { MailContent, MailContext, MailItem } from './mail-content.ts';
import { findingLines } from './mail-finding.ts';
import { predicateOf, whoInShort } from './mail-subject.ts';
import { bytesInJson, clip } from './message-size.ts';
import { MAIL_WIDTH, wrap } from './wrap.ts';

const catalog = byAction(actions);

/** Bytes for single parts, so that no part, however long, takes the place of the others. */
const limits = { lead: 6_000, changes: 24_000, overview: 12_000, item: 14_000, after: 10_000 };

/** Changes that together are a burst. */
const BURST = 3;

/** Lines of the overview before the rest is only counted. */
const OVERVIEW = 25;

/** What was done and what came of it, a line each, where that is more than one thing. */
function overviewLines({ items, changes }: Pick<MailContent, 'items' | 'changes'>): string[] {
  const isBurst = changes.length >= BURST;
  if (items.length < 2 && !isBurst) return [];
  const lines = items.slice(0, OVERVIEW).flatMap((item, i) => {
    return wrap(
      escapeForMail(`${whoInShort(item.subjects)} ${predicateOf(item, 2)}`, 300),
      `${String(i + 1).padStart(3)}. ${labelOf(item).padEnd(9)} `,
    );
  });
  return [
    ...(isBurst ? wrap(escapeForMail(causesInShort(changes), 1500), '  ') : []),
    ...lines,
    ...(items.length > OVERVIEW ? [`     and ${items.length - OVERVIEW} more`] : []),
  ];
}

/** `critical`, `unclear`, `resolved`; `covered` where the access is there, and another rule says so. */
function labelOf({ finding, state, covered, since }: MailItem): string {
  if (state === 'resolved') return covered !== undefined && since !== 'expectations' ? 'covered' : 'resolved';
  return finding.kind === 'inconclusive' ? 'unclear' : finding.severity;
}

function titled(lines: readonly string[], number: number | undefined): string[] {
  return number === undefined ? [...lines] : [`${number}. ${lines[0] ?? ''}`, ...lines.slice(1)];
}

/** A form of a message, and whether it shows every finding and every section. */
export interface Shown {
  readonly text: string;
  readonly all: boolean;
}

/** Of several findings, what each says of features that are closed or gone, said once for all of them. */
function withOneNote(items: readonly MailItem[]): { items: readonly MailItem[]; note: string } {
  if (items.length < 2) return { items, note: '' };
  const noted = new Set<string>();
  const without = items.map((item): MailItem => {
    const { finding } = item;
    const names = finding.actions.map(({ action }) => action);
    const note = availabilityNote(names, catalog);
    if (note === '' || !finding.summary.endsWith(note)) return item;
    for (const name of names) noted.add(name);
    return { ...item, finding: { ...finding, summary: finding.summary.slice(0, -note.length) } };
  });
  return { items: without, note: availabilityNote([...noted], catalog).trim() };
}

/**
 * The text of a message: what happened, who did it, every finding in full as long as there is room, what could not
 * be reported. Findings that do not fit are counted, never left out in silence.
 */
export function mailText(content: MailContent, context: MailContext, bytes: number): Shown {
  const { accountId, region, at, fullReport, page } = context;
  const place = `account ${accountId} · ${region} · ${moment(at)}`;
  const { items, note: availability } = withOneNote(content.items);
  const lead = clip([...content.lead.flatMap((line) => wrap(escapeForMail(line, 700))), place], limits.lead);
  const overview = clip(overviewLines(content), limits.overview);
  const changes = clip(changeLines(content.changes), limits.changes);
  // Of a burst the reader first wants the whole in short.
  const before = [overview.length > 0 ? ['IN SHORT', ...lead] : lead, overview, changes];
  const after = [
    availability === '' ? [] : wrap(availability),
    ...content.after.map((lines) => clip(lines, limits.after)),
    [
      ...(page === undefined ? [] : [`Page: ${page}`]),
      ...(fullReport === undefined ? [] : [`Full report: ${fullReport}`]),
    ],
  ];
  const size = (lines: readonly string[]): number => bytesInJson(`${lines.join('\n')}\n\n`);
  const sum = (blocks: readonly (readonly string[])[]): number =>
    blocks.reduce((total, block) => total + size(block), 0);
  let left = bytes - sum(before) - sum(after) - 300;

  const rule = '-'.repeat(MAIL_WIDTH - 8);
  const shown: string[][] = [];
  for (const [i, item] of items.entries()) {
    const lines = [
      rule,
      ...titled(clip(findingLines(item), limits.item), content.items.length > 1 ? i + 1 : undefined),
    ];
    left -= size(lines);
    if (left < 0) break;
    shown.push(lines);
  }
  const rest = content.items.length - shown.length;
  const note =
    rest === 0
      ? []
      : [
          [
            `${counted(rest, 'more finding')} not shown: too many for one message.`,
            fullReport === undefined ? 'Run the check to see them all.' : 'The full report has them all.',
          ],
        ];
  const text = `${[...before, ...shown, ...note, ...after]
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
  const isWhole = content.after.every((lines) => clip(lines, limits.after).length === lines.length);
  return { text, all: rest === 0 && isWhole };
}
