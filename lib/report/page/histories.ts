import { type HistoryPart, partOf } from '../formats/history-parts.ts';
import type { JsonReport } from '../json.ts';
import type { HistoryLine } from '../types.ts';
import { unpacked } from './unpacked.ts';

/** What happened to the principal of a place in the report; `undefined` where nothing is known. */
export type ReadHistory = (place: number) => Promise<readonly HistoryLine[] | undefined>;

/**
 * Reads histories where they stand: in the report, or in parts beside it.
 *
 * @param texts a list of parts, each compressed, as formats/html.ts writes them
 */
export function historyReader({ principals }: JsonReport, texts: string | undefined): ReadHistory {
  if (texts === undefined) return async (place) => principals[place]?.history;
  // The page and the parts in it are written by one program.
  const read = (): readonly string[] => JSON.parse(texts);
  let parts: readonly string[] | undefined;
  return async (place) => {
    parts ??= read();
    const { part, at } = partOf(place);
    const text = parts[part] ?? '';
    if (text === '') return undefined;
    const histories: HistoryPart = JSON.parse(await unpacked(text));
    return histories[at] ?? undefined;
  };
}
