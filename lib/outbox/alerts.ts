import { compareSeverity } from '#lib/catalog/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Alert } from '#lib/report/alert.ts';
import type { AnnouncedFinding, KnownFinding, PrincipalRecord } from './types.ts';

/** Whether a finding has become worse than it was announced: more severe, more actions, or another scope or condition. */
export function isWorse(before: Finding, now: Finding): boolean {
  if (compareSeverity(now.severity, before.severity) < 0) return true;
  const had = new Set(before.actions.map(({ action }) => action));
  if (now.actions.some(({ action }) => !had.has(action))) return true;
  return now.scope !== before.scope || now.when !== before.when;
}

/** Milliseconds in a day. */
const day = 86_400_000;

/** Kinds of finding that say the same of an action: whether it is allowed, too much; whether it is not, and should be. */
const families: Readonly<Partial<Record<Finding['kind'], string>>> = {
  excess: 'too much',
  unguarded: 'too much',
};
const familyOf = ({ kind }: Finding): string => families[kind] ?? kind;

/**
 * What is left of a finding that is gone, when others are still there: the actions that none of them has. A finding
 * changes its identity with its cause (another policy allows the same, a suppression covers it), and an action that
 * is still open must not be announced as closed. `undefined`: nothing is left.
 */
export function withoutThoseIn(gone: Finding, others: readonly Finding[]): Finding | undefined {
  const alike = others.filter((other) => other.id !== gone.id && familyOf(other) === familyOf(gone));
  if (gone.kind === 'inconclusive' && alike.some(({ actions }) => actions.length === 0)) return undefined;
  if (gone.actions.length === 0) return gone.kind === 'inconclusive' && alike.length > 0 ? undefined : gone;
  const open = new Set(alike.flatMap(({ actions }) => actions.map(({ action }) => action)));
  const actions = gone.actions.filter(({ action }) => !open.has(action));
  if (actions.length === gone.actions.length) return gone;
  return actions.length === 0 ? undefined : { ...gone, actions };
}

/**
 * What has to be announced of a principal: the difference between what was announced last and what is known by now.
 * Nothing else decides, so an alert that was not sent (the function died) is found again, one that was sent is not
 * repeated, and what came and went unannounced is never announced.
 *
 * @param reminderDays announce an open finding again after so many days; 0: never.
 */
export function pendingAlerts(record: PrincipalRecord, now: string, reminderDays: number): readonly Alert[] {
  const announced = new Map(record.announced.map((entry) => [entry.finding.id, entry]));
  const known = new Map(record.known.map((entry) => [entry.finding.id, entry]));
  const there = record.known.map(({ finding }) => finding);

  const open = record.known.flatMap((entry): Alert[] =>
    alertOf(entry, announced.get(entry.finding.id), now, reminderDays),
  );
  const resolved = record.announced
    .filter(({ finding }) => !known.has(finding.id))
    .flatMap(({ finding, firstSeen }): Alert[] => {
      const closed = withoutThoseIn(finding, there);
      return closed === undefined
        ? []
        : [
            {
              kind: 'resolved',
              finding: closed,
              firstSeen,
              ...(record.status === 'deleted' ? { deleted: true } : {}),
              ...(record.status === 'not-judged' || record.status === 'not-checkable'
                ? { notJudged: true }
                : {}),
            },
          ];
    });
  return [...open, ...resolved];
}

function alertOf(
  entry: KnownFinding,
  announced: AnnouncedFinding | undefined,
  now: string,
  reminderDays: number,
): Alert[] {
  const { finding, firstSeen } = entry;
  // Unconfirmed: nothing was learned. Suppressed: somebody has decided.
  if (entry.unconfirmed || finding.suppressed !== undefined) return [];
  if (announced === undefined) return [{ kind: 'new', finding, firstSeen }];
  if (isWorse(announced.finding, finding))
    return [{ kind: 'worse', finding, firstSeen, before: announced.finding }];
  const due = reminderDays > 0 && Date.parse(now) - Date.parse(announced.at) >= reminderDays * day;
  return due ? [{ kind: 'reminder', finding, firstSeen }] : [];
}

/** What has been announced once these alerts are sent. */
export function announcedAfter(
  record: PrincipalRecord,
  alerts: readonly Alert[],
  now: string,
): readonly AnnouncedFinding[] {
  const sent = new Map(alerts.map((alert) => [alert.finding.id, alert]));
  const known = record.known.map(({ finding }) => finding);
  const kept = record.announced.flatMap((announced): AnnouncedFinding[] => {
    const alert = sent.get(announced.finding.id);
    if (alert?.kind === 'resolved') return [];
    return [
      alert === undefined ? announced : { finding: alert.finding, firstSeen: announced.firstSeen, at: now },
    ];
  });
  const had = new Set(record.announced.map(({ finding }) => finding.id));
  const added = alerts
    .filter(({ kind, finding }) => kind !== 'resolved' && !had.has(finding.id))
    .map(({ finding, firstSeen }): AnnouncedFinding => ({ finding, firstSeen, at: now }));
  const after = [...kept, ...added];
  // What others that were announced stand for now has no end of its own to be announced.
  const isThere = ({ id }: Finding) => known.some((finding) => finding.id === id);
  const standing = after.map(({ finding }) => finding).filter(isThere);
  return after.filter(({ finding }) => isThere(finding) || withoutThoseIn(finding, standing) !== undefined);
}
