import { safeJson } from '#lib/words/escape.ts';

/** The members of an object that JSON has. */
const membersOf = (value: object) => Object.entries(value).filter(([, member]) => member !== undefined);

const isList = (member: unknown): member is readonly unknown[] =>
  Array.isArray(member) && member.some((entry) => typeof entry === 'object');

/**
 * JSON text with one line for each member, and one for each entry of a list: short, and a difference of two reports is
 * a difference of lines. Ends with a newline; characters that would deceive a reader are escaped. In pieces, since a report
 * of thousands is tens of megabytes.
 */
export const linePieces = (value: object): Generator<string> =>
  piecesOf(value, { begin: '\n  ', colon: ': ', entry: '\n    ', listEnd: '\n  ', end: '\n' });

/** The same on one line. */
export const compactPieces = (value: object): Generator<string> =>
  piecesOf(value, { begin: '', colon: ':', entry: '', listEnd: '', end: '' });

interface Layout {
  readonly begin: string;
  readonly colon: string;
  readonly entry: string;
  readonly listEnd: string;
  readonly end: string;
}

function* piecesOf(value: object, { begin, colon, entry, listEnd, end }: Layout): Generator<string> {
  yield '{';
  for (const [place, [key, member]] of membersOf(value).entries()) {
    yield `${place === 0 ? '' : ','}${begin}${safeJson(key)}${colon}`;
    if (isList(member)) {
      for (const [index, one] of member.entries())
        yield `${index === 0 ? '[' : ','}${entry}${safeJson(one ?? null)}`;
      yield `${listEnd}]`;
    } else yield safeJson(member);
  }
  yield `${end}}${end}`;
}

/** Characters that are made bytes at once. */
const AT_ONCE = 1_000_000;

/** What pieces come to, as UTF-8. */
export function utf8Of(pieces: Iterable<string>): Buffer {
  const parts: Buffer[] = [];
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < AT_ONCE) continue;
    parts.push(Buffer.from(text));
    text = '';
  }
  return Buffer.concat([...parts, Buffer.from(text)]);
}

/** Whether they come to more characters than a number; no more of them are made than that takes. */
export function areLonger(pieces: Iterable<string>, length: number): boolean {
  let left = length;
  for (const piece of pieces) {
    left -= piece.length;
    if (left < 0) return true;
  }
  return false;
}
