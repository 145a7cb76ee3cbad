/** Widest line of a mail: what most mail programs and the terminals of old show without breaking it again. */
export const MAIL_WIDTH = 78;

/**
 * Breaks text into lines at spaces; words longer than a line (ARNs, links) stay whole so that they can be copied.
 *
 * @param first what the first line begins with; the others are indented as far
 */
export function wrap(text: string, first = '', width = MAIL_WIDTH): string[] {
  const rest = ' '.repeat(first.length);
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest + word;
    } else {
      line += (empty ? '' : ' ') + word;
    }
    empty = false;
  }
  lines.push(line);
  return lines;
}

/**
 * Breaks a shell command before its options, so that it can still be pasted. A command with quotes stays on one
 * line: a break inside of a quoted word would change it.
 */
export function wrapCommand(command: string, first = '', width = MAIL_WIDTH): string[] {
  if (first.length + command.length <= width || /['"\\]/.test(command)) return [first + command];
  const indent = `${' '.repeat(first.length)}  `;
  const lines: string[] = [];
  let line = first;
  for (const part of command.split(/ (?=--)/)) {
    if (line === first) line += part;
    else if (line.length + part.length + 3 > width) {
      lines.push(`${line} \\`);
      line = indent + part;
    } else line += ` ${part}`;
  }
  return [...lines, line];
}

/** A remedy: commands as commands, everything else as a sentence. */
export function wrapRemedy(remedy: string, first = '', width = MAIL_WIDTH): string[] {
  return remedy.startsWith('aws ') ? wrapCommand(remedy, first, width) : wrap(remedy, first, width);
}
