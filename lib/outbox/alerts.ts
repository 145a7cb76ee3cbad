import { compareSeverity } from '#lib/catalog/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Alert } from '#lib/report/alert.ts';
import { coveringSentence, moveAlerts } from './moved.ts';
import type { AnnouncedFinding, KnownFinding, PrincipalRecord } from './types.ts';

/** Findings that hold access against what should be, and say that there is too much of it or too little. */
export const isJudgement = ({ kind }: Finding): boolean =>
  kind === 'excess' || kind === 'unguarded' || kind === 'missing';

const isTooMuch = ({ kind }: Finding): boolean => kind === 'excess' || kind === 'unguarded';

/** `expectations.yaml:12`: the rule that a finding was judged by. */
export const ruleOf = ({ expectedBy }: Finding): string | undefined =>
  expectedBy && `${expectedBy.file}:${expectedBy.line}`;

const actionsOf = (findings: readonly Finding[]): ReadonlySet<string> =>
  new Set(findings.flatMap(({ actions }) => actions.map(({ action }) => action)));

/**
 * Whether a finding has become worse than it was announced: more severe, more actions, or another scope or condition.
 * Where the access itself is known, too much of it is only worse if something was gained: less access never is.
 */
export function isWorse(
  before: Finding,
  now: Finding,
  { access, changed }: Pick<PrincipalRecord, 'access' | 'changed'> = {},
): boolean {
  if (isTooMuch(now) && access !== undefined) {
    const gained = actionsOf(changed?.gained ?? []);
    if (!now.actions.some(({ action }) => gained.has(action))) return false;
  }
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

/** How the team wants to be notified. */
export interface Preferences {
  /** Announce an open finding again after so many days; 0: never. */
  readonly reminderDays: number;
  /** Whether losses of access are announced where nobody wrote what is expected. Default: they are. */
  readonly losses?: boolean | undefined;
}

/**
 * What has to be announced of a principal: the difference between what was announced last and what is known by now.
 * Nothing else decides, so an alert that was not sent (the function died) is found again, one that was sent is not
 * repeated, and what came and went unannounced is never announced.
 */
export function pendingAlerts(
  record: PrincipalRecord,
  now: string,
  preferences: Preferences,
): readonly Alert[] {
  const opened = (record.opened ?? []).map(
    (finding): Alert => ({ kind: 'new', finding, firstSeen: record.readAt }),
  );
  // All else is told under the name by which it goes on.
  if (record.renamedTo !== undefined) return opened;
  const judged = record.covering?.builtIn !== true;
  const announced = new Map(record.announced.map((entry) => [entry.finding.id, entry]));
  const present = record.known.filter(({ finding }) => judged || !isJudgement(finding));
  const known = new Set(present.map(({ finding }) => finding.id));
  const there = present.map(({ finding }) => finding);
  const alerts = [
    ...(judged ? [] : accessAlerts(record, preferences)),
    ...opened,
    ...present.flatMap((entry) =>
      alertOf(entry, announced.get(entry.finding.id), record, { now, ...preferences }),
    ),
    ...record.announced
      .filter(({ finding }) => !known.has(finding.id))
      .flatMap((entry) => resolvedAlert(entry, there, record)),
  ];
  return [...alerts, ...moveAlerts(record, alerts)];
}

/** Where no written rule judges a principal, every change of its access is announced. */
function accessAlerts(record: PrincipalRecord, { losses = true }: Preferences): Alert[] {
  const { changed, readAt, status } = record;
  const found = [
    ...(changed?.gained ?? []).filter(({ kind }) => kind === 'access-gained'),
    ...unsettledIn(record, 'gained'),
    ...(losses ? [...lostIn(record), ...unsettledIn(record, 'lost')] : []),
  ];
  return found.map((finding) => ({
    kind: 'new',
    finding,
    firstSeen: readAt,
    ...(status === 'deleted' ? { deleted: true } : {}),
  }));
}

/** What was lost for certain. */
const lostIn = ({ changed }: Pick<PrincipalRecord, 'changed'>): readonly Finding[] =>
  (changed?.lost ?? []).filter(({ kind }) => kind === 'access-lost');

/** Of a change of access, where it is not known whether something was gained, or lost; but what is open as not known says so already. */
function unsettledIn({ changed, known }: PrincipalRecord, way: 'gained' | 'lost'): Finding[] {
  const open = known.map(({ finding }) => finding).filter(({ suppressed }) => suppressed === undefined);
  return (changed?.[way] ?? [])
    .filter(({ kind, id }) => kind === 'inconclusive' && !open.some((one) => one.id === id))
    .flatMap((finding) => withoutThoseIn(finding, open) ?? []);
}

function resolvedAlert(
  { finding, firstSeen }: AnnouncedFinding,
  there: readonly Finding[],
  record: PrincipalRecord,
): Alert[] {
  const closed = withoutThoseIn(finding, there);
  if (closed === undefined) return [];
  const { status } = record;
  // Of whom nobody wrote a rule the access is looked at all the same, so that what was not known is by now.
  const isLookedAt = finding.kind === 'inconclusive' && record.covering?.builtIn === true;
  const notJudged = (status === 'not-judged' && !isLookedAt) || status === 'not-checkable';
  const covered = status === 'deleted' || notJudged ? undefined : coveredBy(closed, record);
  return [
    {
      kind: 'resolved',
      finding: closed,
      firstSeen,
      ...(status === 'deleted' ? { deleted: true } : {}),
      ...(notJudged ? { notJudged: true } : {}),
      ...covered,
    },
  ];
}

/** Whether an end of a finding can be a change of access. */
const isAboutAccess = (finding: Finding): boolean => isTooMuch(finding) || finding.kind === 'missing';

/** Whether the access itself changed as the finding asks: too much was lost, or what was missing gained. */
function isMendedBy({ actions, kind }: Finding, changed: PrincipalRecord['changed']): boolean {
  const mended = actionsOf(kind === 'missing' ? (changed?.gained ?? []) : lostIn({ changed }));
  return actions.every(({ action }) => mended.has(action));
}

/**
 * Of a finding that is gone although the access is what it was: which rule covers the principal by now, and why. Where the
 * team's own edit has made that a rule expects it, the finding is resolved by that; where nobody judges any more, it is not.
 * `undefined`: the access has changed, or nothing is known of it.
 */
function coveredBy(gone: Finding, record: PrincipalRecord): Pick<Alert, 'covered' | 'since'> | undefined {
  if (!isAboutAccess(gone) || isMendedBy(gone, record.changed)) return undefined;
  return coveringSentence(record);
}

function alertOf(
  entry: KnownFinding,
  announced: AnnouncedFinding | undefined,
  record: PrincipalRecord,
  { now, reminderDays }: Preferences & { readonly now: string },
): Alert[] {
  const { finding, firstSeen } = entry;
  // Unconfirmed: nothing was learned. Suppressed: somebody has decided.
  if (entry.unconfirmed || finding.suppressed !== undefined) return [];
  if (announced === undefined) return [{ kind: 'new', finding, firstSeen, ...originOf(finding, record) }];
  const { finding: before } = announced;
  if (isWorse(before, finding, record)) return [{ kind: 'worse', finding, firstSeen, before }];
  const due = reminderDays > 0 && Date.parse(now) - Date.parse(announced.at) >= reminderDays * day;
  return due ? [{ kind: 'reminder', finding, firstSeen }] : [];
}

/** Access that was there before is not something that a principal can do *now*, nor is it lost what was never there. */
function originOf(finding: Finding, { access, changed, moved }: PrincipalRecord): Pick<Alert, 'since'> {
  if (!isAboutAccess(finding) || access === undefined) return {};
  const made = actionsOf((isTooMuch(finding) ? changed?.gained : changed?.lost) ?? []);
  if (finding.actions.some(({ action }) => made.has(action))) return {};
  if (moved === 'expectations') return { since: 'expectations' };
  return isTooMuch(finding) ? { since: 'before' } : {};
}

/** A change is announced and over; it does not stay open. */
const isAccessChange = ({ kind }: Finding): boolean => kind.startsWith('access-');

/** What has been announced once these alerts are sent. */
export function announcedAfter(
  record: PrincipalRecord,
  alerts: readonly Alert[],
  now: string,
): readonly AnnouncedFinding[] {
  const unsettled = [...unsettledIn(record, 'gained'), ...unsettledIn(record, 'lost')];
  const over = new Set([...(record.opened ?? []), ...unsettled].map(({ id }) => id));
  const lasting = alerts.filter(({ finding }) => !isAccessChange(finding) && !over.has(finding.id));
  const sent = new Map(lasting.map((alert) => [alert.finding.id, alert]));
  const known = record.known.map(({ finding }) => finding);
  const kept = record.announced.flatMap((announced): AnnouncedFinding[] => {
    const alert = sent.get(announced.finding.id);
    if (alert?.kind === 'resolved') return [];
    return [
      alert === undefined ? announced : { finding: alert.finding, firstSeen: announced.firstSeen, at: now },
    ];
  });
  const had = new Set(record.announced.map(({ finding }) => finding.id));
  const added = lasting
    .filter(({ kind, finding }) => kind !== 'resolved' && !had.has(finding.id))
    .map(({ finding, firstSeen }): AnnouncedFinding => ({ finding, firstSeen, at: now }));
  const after = [...kept, ...added];
  // What others that were announced stand for now has no end of its own to be announced.
  const isThere = ({ id }: Finding) => known.some((finding) => finding.id === id);
  const standing = after.map(({ finding }) => finding).filter(isThere);
  return after.filter(({ finding }) => isThere(finding) || withoutThoseIn(finding, standing) !== undefined);
}
