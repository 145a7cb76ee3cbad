import { wrap, wrapCommand } from '#lib/report/wrap.ts';

/** What a terminal has at least. */
const WIDTH = 80;

/**
 * A text of help in lines that fit a terminal: sentences flow, commands break before their options, and what stands in
 * columns goes on under the last of them. What fits stays as it is.
 */
export function fittingHelp(text: string): string {
  return paragraphsOf(text.split('\n')).flatMap(fitted).join('\n');
}

/** Lines that are one sentence or more, put together; every other line by itself. */
function paragraphsOf(lines: readonly string[]): readonly string[] {
  if (lines.every(({ length }) => length <= WIDTH)) return lines;
  const paragraphs: string[] = [];
  for (const line of lines) {
    const before = paragraphs.at(-1) ?? '';
    const isProse = (one: string) => /^\S/.test(one) && !/:$/.test(one);
    if (isProse(line) && isProse(before)) paragraphs[paragraphs.length - 1] = `${before} ${line}`;
    else paragraphs.push(line);
  }
  return paragraphs;
}

function fitted(line: string): readonly string[] {
  if (line.length <= WIDTH) return [line];
  const [, first = '', rest = ''] = /^( *)(.*)$/.exec(line) ?? [];
  if (/\brekognition-permission-check |^--/.test(rest)) {
    // A line that goes on ends with a backslash already.
    const [, command = '', end = ''] = /^(.*?)( \\)?$/.exec(rest) ?? [];
    const lines = wrapCommand(command, first, WIDTH - 2);
    return [...lines.slice(0, -1), `${lines.at(-1)}${end}`];
  }
  const [, columns = first, last = rest] = /^( *(?:\S+(?: \S+)* {2,})+)(.*)$/.exec(line) ?? [];
  return wrap(last, columns, WIDTH);
}
