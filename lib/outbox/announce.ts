import type { PrincipalAlerts } from '#lib/report/alert.ts';
import { announcedAfter, type Preferences, pendingAlerts } from './alerts.ts';
import { type RecordTable, updateRecord } from './store.ts';
import type { PrincipalRecord } from './types.ts';

/** Seconds for which nobody else announces anything of a principal; a function that dies loses its claim after so long. */
export const claimSeconds = 120;

export interface Announcer extends Preferences {
  readonly table: RecordTable;
  /** Unique for each attempt to announce. */
  readonly id: string;
  readonly now: () => Date;
}

/**
 * Takes what has to be announced about a principal, and with it the duty to announce it: until `markAnnounced` or until the claim
 * ends, nobody else gets it. `undefined`: nothing to announce, or somebody else is announcing it.
 */
export async function claimAlerts(
  announcer: Announcer,
  subject: string,
): Promise<PrincipalAlerts | undefined> {
  const now = announcer.now();
  let claimed = false;
  const record = await updateRecord(announcer.table, subject, (before) => {
    claimed = false;
    if (before === undefined) return undefined;
    if (
      before.claim !== undefined &&
      before.claim.by !== announcer.id &&
      before.claim.until > now.toISOString()
    )
      return undefined;
    if (pendingAlerts(before, now.toISOString(), announcer).length === 0) {
      // What was done has led to nothing that anybody needs to hear.
      return isSettled(before) ? undefined : settled(before);
    }
    claimed = true;
    const until = new Date(now.getTime() + claimSeconds * 1000).toISOString();
    return { ...before, claim: { by: announcer.id, until } };
  });
  if (!claimed || record === undefined) return undefined;
  return {
    subject,
    arn: record.arn,
    alerts: pendingAlerts(record, now.toISOString(), announcer),
    changes: record.changes,
    readAt: record.readAt,
  };
}

/**
 * Remembers that these alerts were announced. Answers whether there is more to announce by now: whoever found it while the
 * principal was claimed has left it to this announcer.
 */
export async function markAnnounced(announcer: Announcer, announced: PrincipalAlerts): Promise<boolean> {
  const now = announcer.now().toISOString();
  const ids = new Set(announced.changes.map(({ eventId }) => eventId));
  const after = await updateRecord(announcer.table, announced.subject, (before) => {
    if (before === undefined) return undefined;
    const { claim, ...rest } = before;
    const current = before.readAt === announced.readAt ? settled(rest) : rest;
    const marked: PrincipalRecord = {
      ...current,
      announced: announcedAfter(before, announced.alerts, now),
      changes: before.changes.filter(({ eventId }) => !ids.has(eventId)),
      // A claim that ran out may be somebody else's by now.
      ...(claim === undefined || claim.by === announcer.id ? {} : { claim }),
    };
    return marked;
  });
  return after !== undefined && pendingAlerts(after, now, announcer).length > 0;
}

/** With the present as what the next change is measured against, and nothing left of what led to it. */
function settled(record: PrincipalRecord): PrincipalRecord {
  const { past: _past, changed: _changed, moved: _moved, ...rest } = record;
  return { ...rest, changes: [] };
}

const isSettled = ({ past, moved, changes }: PrincipalRecord): boolean =>
  past === undefined && moved === undefined && changes.length === 0;

/** Gives the duty back after a failed attempt, so that the next attempt need not wait for the claim to end. */
export async function releaseClaim(announcer: Announcer, subject: string): Promise<void> {
  await updateRecord(announcer.table, subject, (before) => {
    if (before?.claim?.by !== announcer.id) return undefined;
    const { claim: _, ...rest } = before;
    return rest;
  });
}
