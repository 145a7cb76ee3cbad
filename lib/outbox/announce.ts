import { afterTelling, pendingAlerts } from './alerts.ts';
import { type HistoryTable, updateRecord } from './store.ts';
import type { PrincipalAlerts, PrincipalRecord } from './types.ts';

/** Seconds for which nobody else tells about a principal; a function that dies loses its claim after so long. */
export const claimSeconds = 120;

export interface Teller {
  readonly table: HistoryTable;
  /** Unique for each attempt to tell. */
  readonly id: string;
  readonly now: () => Date;
  /** 0: no reminders. */
  readonly reminderDays: number;
}

/**
 * Takes what has to be told about a principal, and with it the duty to tell it: until `markTold` or until the claim
 * ends, nobody else gets it. `undefined`: nothing to tell, or somebody else is telling it.
 */
export async function claimAlerts(teller: Teller, subject: string): Promise<PrincipalAlerts | undefined> {
  const now = teller.now();
  let claimed = false;
  const record = await updateRecord(teller.table, subject, (before) => {
    claimed = false;
    if (before === undefined) return undefined;
    if (before.claim !== undefined && before.claim.by !== teller.id && before.claim.until > now.toISOString())
      return undefined;
    if (pendingAlerts(before, now.toISOString(), teller.reminderDays).length === 0) {
      // What was done has led to nothing that anybody needs to hear.
      return before.changes.length === 0 ? undefined : { ...before, changes: [] };
    }
    claimed = true;
    const until = new Date(now.getTime() + claimSeconds * 1000).toISOString();
    return { ...before, claim: { by: teller.id, until } };
  });
  if (!claimed || record === undefined) return undefined;
  return {
    subject,
    arn: record.arn,
    alerts: pendingAlerts(record, now.toISOString(), teller.reminderDays),
    changes: record.changes,
  };
}

/**
 * Remembers that these alerts were told. Answers whether there is more to tell by now: whoever found it while the
 * principal was claimed has left it to this teller.
 */
export async function markTold(teller: Teller, told: PrincipalAlerts): Promise<boolean> {
  const now = teller.now().toISOString();
  const ids = new Set(told.changes.map(({ eventId }) => eventId));
  const after = await updateRecord(teller.table, told.subject, (before) => {
    if (before === undefined) return undefined;
    const { claim, ...rest } = before;
    const marked: PrincipalRecord = {
      ...rest,
      told: afterTelling(before, told.alerts, now),
      changes: before.changes.filter(({ eventId }) => !ids.has(eventId)),
      // A claim that ran out may be somebody else's by now.
      ...(claim === undefined || claim.by === teller.id ? {} : { claim }),
    };
    return marked;
  });
  return after !== undefined && pendingAlerts(after, now, teller.reminderDays).length > 0;
}

/** Gives the duty back after a failed attempt, so that the next attempt need not wait for the claim to end. */
export async function releaseClaim(teller: Teller, subject: string): Promise<void> {
  await updateRecord(teller.table, subject, (before) => {
    if (before?.claim?.by !== teller.id) return undefined;
    const { claim: _, ...rest } = before;
    return rest;
  });
}
