import { isDeepStrictEqual } from 'node:util';
import { type Document, parseDocument } from 'yaml';
import { longestCommon } from './common-lines.ts';
import { layoutOf } from './yaml-layout.ts';

/**
 * What a document says, in the layout of the text that it was read from and changed since: of that text only those lines
 * change of which the document says something else. Where no such text is found, it is laid out anew.
 */
export function inLayoutOf(text: string, document: Document): string {
  const layout = layoutOf(text);
  const after = document.toString(layout);
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const before = parseDocument(text, { stringKeys: true }).toString(layout);
  const kept = rewritten(text.slice(mark.length).split(/\r?\n/), before.split('\n'), after.split('\n'));
  const said = kept?.join('\n');
  const isSame = said !== undefined && saysTheSame(said, document);
  return mark + (isSame ? said : after).replaceAll('\n', end);
}

function saysTheSame(text: string, document: Document): boolean {
  const read = parseDocument(text, { stringKeys: true });
  return read.errors.length === 0 && isDeepStrictEqual(read.toJS(), document.toJS());
}

/**
 * Lines as somebody wrote them, with the change between two texts that are laid out in one way made to them.
 *
 * @param own the lines as they are written
 * @param before the same, laid out
 * @param after what they should say, laid out
 * @returns undefined where the place of a change is not found in them
 */
function rewritten(
  own: readonly string[],
  before: readonly string[],
  after: readonly string[],
): string[] | undefined {
  const places = new Map(longestCommon(before.map(bare), own.map(bare)));
  const columns = new Columns(before, own, places);
  const removed = new Set<number>();
  /** By the line that they come after. */
  const inserted = new Map<number, string[]>();
  for (const { from, to, lines } of changes(before, after)) {
    const gone = before.slice(from, to).flatMap((_, index) => places.get(from + index) ?? []);
    const last = placeBefore(from, places);
    if (gone.length < to - from || last === undefined) return undefined;
    for (const place of gone) removed.add(place);
    const moved = lines.map((line) => columns.moved(line, from));
    inserted.set(last, [...(inserted.get(last) ?? []), ...moved]);
  }
  const kept = (line: string, index: number) => (removed.has(index) ? [] : [line]);
  return [
    ...(inserted.get(-1) ?? []),
    ...own.flatMap((line, index) => [...kept(line, index), ...(inserted.get(index) ?? [])]),
  ];
}

/** The line as it is written after which a line that is laid out comes; -1: it is the first. */
function placeBefore(line: number, places: ReadonlyMap<number, number>): number | undefined {
  const [last, next] = [places.get(line - 1), places.get(line)];
  if (line === 0) return -1;
  return last ?? (next === undefined ? undefined : next - 1);
}

/** A line however it is spaced. */
const bare = (line: string): string => line.replace(/\s+/g, '');

/** Where two texts differ: the lines of the first that go, and what comes in their place. */
function changes(before: readonly string[], after: readonly string[]) {
  const kept = [...longestCommon(before, after)].sort(([a], [b]) => a - b);
  const found: { readonly from: number; readonly to: number; readonly lines: readonly string[] }[] = [];
  let [from, at] = [0, 0];
  for (const [old, young] of [...kept, [before.length, after.length] as const]) {
    if (old > from || young > at) found.push({ from, to: old, lines: after.slice(at, young) });
    [from, at] = [old + 1, young + 1];
  }
  return found;
}

/** Where what stands in a column of the one layout stands in the other. */
class Columns {
  readonly #pairs: readonly (readonly [line: number, columns: ReadonlyMap<number, number>])[];

  constructor(before: readonly string[], own: readonly string[], places: ReadonlyMap<number, number>) {
    this.#pairs = [...places].map(
      ([line, place]) => [line, pairsOf(before[line] ?? '', own[place] ?? '')] as const,
    );
  }

  /** A line of the one layout as it stands in the other, near a line of that. */
  moved(line: string, near: number): string {
    const [start, dashed] = startsOf(line);
    if (start === undefined) return '';
    const column = this.#column(start, near);
    if (dashed === undefined) return ' '.repeat(column) + line.slice(start);
    const content = Math.max(column + 2, this.#column(dashed, near));
    return `${' '.repeat(column)}-${' '.repeat(content - column - 1)}${line.slice(dashed)}`;
  }

  #column(wanted: number, near: number): number {
    const byDistance = [...this.#pairs].sort(([a], [b]) => Math.abs(a - near) - Math.abs(b - near));
    for (let known = wanted; known > 0; known -= 1) {
      const found = byDistance.find(([, columns]) => columns.has(known))?.[1].get(known);
      if (found !== undefined) return found + wanted - known;
    }
    return wanted;
  }
}

/** The column where a line begins, and where it goes on after the dash of a list's entry. */
function startsOf(line: string): readonly [start: number | undefined, dashed: number | undefined] {
  const [, space = '', dash = '', rest] = /^( *)(- +)?(\S)?/.exec(line) ?? [];
  if (rest === undefined) return [undefined, undefined];
  return [space.length, dash === '' ? undefined : space.length + dash.length];
}

function pairsOf(before: string, own: string): ReadonlyMap<number, number> {
  const [start, dashed] = startsOf(before);
  const [ownStart, ownDashed] = startsOf(own);
  const pairs = [
    [start, ownStart],
    [dashed, ownDashed],
  ] as const;
  return new Map(
    pairs.flatMap(([one, other]) => (one === undefined || other === undefined ? [] : [[one, other]])),
  );
}
