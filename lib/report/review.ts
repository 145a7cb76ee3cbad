import type { Due } from '#lib/expectation/due.ts';
import { escapeText, safeJson } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import { csvRows } from './formats/csv.ts';
import { wrap } from './wrap.ts';

const WIDTH = 80;
const columns = ['due', 'why', 'kind', 'whom', 'owner', 'reason', 'reviewed', 'until', 'place'] as const;

const cellsOf = ({
  day,
  why,
  kind,
  whom,
  owner = '',
  reason = '',
  reviewed = '',
  until = '',
  location,
}: Due) => [...[day, why, kind, whom, owner, reason, reviewed, until], `${location.file}:${location.line}`];

/** What has to be looked at, in the forms that people pass on; each ends with a newline. */
export const reviewFormats = {
  text(all: readonly Due[]): string {
    if (all.length === 0) return 'nothing is due\n';
    const lines = all.flatMap(({ day, why, kind, whom, owner, reason, location }) => {
      const rest = [owner && `owner ${owner}`, reason].filter(Boolean).join(': ');
      const place = `${location.file}:${location.line}`;
      return wrap([`${kind} for ${whom}, ${why}`, rest, place].filter(Boolean).join('; '), `${day}  `, WIDTH);
    });
    return `${[...lines, '', `${counted(all.length, 'entry').replace(/entrys$/, 'entries')} due`]
      .map((one) => escapeText(one))
      .join('\n')}\n`;
  },
  markdown(all: readonly Due[]): string {
    if (all.length === 0) return 'Nothing is due.\n';
    const row = (cells: readonly string[]) => `| ${cells.map(markdownCell).join(' | ')} |\n`;
    return [row(columns), row(columns.map(() => '---')), ...all.map((one) => row(cellsOf(one)))].join('');
  },
  csv: (all: readonly Due[]): string => csvRows([columns, ...all.map(cellsOf)]),
  json: (all: readonly Due[]): string =>
    `${safeJson({ command: 'review', due: all.map(({ day, location, ...one }) => ({ day, ...one, file: location.file, line: location.line })) }, 2)}\n`,
} as const;

/** What somebody wrote, without a meaning in Markdown or HTML. */
const markdownCell = (text: string): string =>
  escapeText(text).replaceAll(/[\\|`*_[\]<>&!#]/g, (sign) => (text === '---' ? sign : `\\${sign}`));
