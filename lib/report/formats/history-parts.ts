import type { HistoryLine } from '../types.ts';

/** Principals whose histories stand in a page together: opening one reads those of so many. */
const together = 100;

/** Of one part, by the place in it. */
export type HistoryPart = readonly (readonly HistoryLine[] | null)[];

/** Where the history of a principal is, by its place in the report. */
export const partOf = (place: number): { readonly part: number; readonly at: number } => ({
  part: Math.floor(place / together),
  at: place % together,
});

/** The histories of principals in parts; `undefined`: none of a part has one. */
export function historyParts(
  principals: readonly { readonly history?: readonly HistoryLine[] }[],
): readonly (HistoryPart | undefined)[] {
  return Array.from({ length: Math.ceil(principals.length / together) }, (_, part) => {
    const histories = principals
      .slice(part * together, (part + 1) * together)
      .map(({ history = null }) => history);
    return histories.some((history) => history !== null) ? histories : undefined;
  });
}
