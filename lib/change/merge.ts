import type { Change } from './types.ts';

/** Two lists of changes as one, each event once, oldest first. */
export function mergeChanges(earlier: readonly Change[], later: readonly Change[]): readonly Change[] {
  const byId = new Map([...earlier, ...later].map((change) => [change.eventId, change]));
  return [...byId.values()].sort(
    (a, b) => a.time.localeCompare(b.time) || a.eventId.localeCompare(b.eventId),
  );
}
