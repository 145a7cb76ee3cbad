import { mergeChanges } from '#lib/change/merge.ts';
import { noAccess } from '#lib/check/access.ts';
import type { Opening } from '#lib/check/was-open.ts';
import type { PrincipalRecord, Reading } from './types.ts';
import { withoutTexts } from './without-texts.ts';

/** Seconds for which an edit is kept beside later ones: that which ends it may be looked at later. */
const recentSeconds = 1800;
/** Edits, and known findings, of one principal. */
const most = 50;

/** What a look says of the time since the one before it. */
export interface Openings {
  readonly record: Pick<PrincipalRecord, 'opened' | 'recent' | 'openingsSeen'>;
  /** Those not known before. */
  readonly found: readonly Opening[];
}

/**
 * What was open between two looks, by the events about the principal, each opening once: events are delivered twice, and
 * looked at twice.
 */
export function rememberOpenings(before: PrincipalRecord | undefined, reading: Reading): Openings {
  const earliest = new Date(Date.parse(reading.readAt) - recentSeconds * 1000).toISOString();
  const edits = mergeChanges(before?.recent ?? [], reading.changes)
    .filter(({ edit, time }) => edit !== undefined && new Date(time).toISOString() >= earliest)
    .slice(-most);
  const past = before?.access ?? (reading.isNew ? noAccess : undefined);
  const seen = new Set(before?.openingsSeen);
  const all = past === undefined ? [] : (reading.openingsSince?.(past, edits) ?? []);
  const found = all.filter(({ finding }) => !seen.has(finding.id));
  const opened = [...(before?.opened ?? []), ...found.map(({ finding }) => withoutTexts(finding))];
  const ids = [...seen, ...found.map(({ finding }) => finding.id)].slice(-most);
  return {
    found,
    record: {
      ...(opened.length === 0 ? {} : { opened }),
      ...(edits.length === 0 ? {} : { recent: edits }),
      ...(ids.length === 0 ? {} : { openingsSeen: ids }),
    },
  };
}
