import { targetsOf } from '#lib/change/edit-targets.ts';
import { mergeChanges } from '#lib/change/merge.ts';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import { noAccess } from '#lib/past/access.ts';
import { anEnd } from '#lib/past/hidden-edits.ts';
import { isTaking, type Look, type Opening } from '#lib/past/was-open.ts';
import { coveringAfter } from './remember-access.ts';
import type { PrincipalRecord, Reading } from './types.ts';
import { withoutTexts } from './without-texts.ts';

/** Seconds for which an edit is kept beside later ones: that which ends it may be looked at later. */
const recentSeconds = 1800;
/** Edits, and known findings, of one principal. */
const most = 50;
/** Edits that are known to have been looked at. */
const mostSeen = 200;

/** What a look says of the time since the one before it. */
export interface Openings {
  readonly record: Pick<PrincipalRecord, 'opened' | 'recent' | 'looks' | 'openingsSeen' | 'editsSeen'>;
  /** Those not known before. */
  readonly found: readonly Opening[];
}

/** A reading is remembered, told and logged by the same openings. */
const known = new WeakMap<
  Reading,
  { readonly before: PrincipalRecord | undefined; readonly openings: Openings }
>();

/**
 * What was open between two looks, by the events about the principal, each opening once: events are delivered twice, and
 * looked at twice.
 */
export function rememberOpenings(before: PrincipalRecord | undefined, reading: Reading): Openings {
  const last = known.get(reading);
  if (last !== undefined && last.before === before) return last.openings;
  const openings = openingsBetween(before, reading);
  known.set(reading, { before, openings });
  return openings;
}

function openingsBetween(before: PrincipalRecord | undefined, reading: Reading): Openings {
  const earliest = new Date(Date.parse(reading.readAt) - recentSeconds * 1000).toISOString();
  const looked = new Set(before?.editsSeen);
  const ofOthers = (reading.edits ?? []).filter(({ eventId }) => !looked.has(eventId));
  const edits = mergeChanges(before?.recent ?? [], [...ofOthers, ...reading.changes])
    .filter(({ edit, time }) => edit !== undefined && new Date(time).toISOString() >= earliest)
    .slice(-most);
  const past = before?.access ?? (reading.isNew ? noAccess : undefined);
  const seen = new Set(before?.openingsSeen);
  const all =
    past === undefined
      ? []
      : (reading.openingsSince?.(
          { access: past, trust: before?.trust },
          edits,
          before?.looks ?? [],
          reading.readAt,
          hasMoved(before, reading),
        ) ?? []);
  const found = all.filter(({ finding }) => !seen.has(finding.id));
  const unseen = edits.filter((change) => isOneOfSeveral(change, edits) || !isShown(change, reading));
  const opened = [...(before?.opened ?? []), ...found.map(({ finding }) => withoutTexts(finding))];
  const ids = [...seen, ...found.map(({ finding }) => finding.id)].slice(-most);
  const nowLooked = [...new Set([...looked, ...edits.filter(isKnown).map(({ eventId }) => eventId)])].slice(
    -mostSeen,
  );
  return {
    found,
    record: {
      ...(opened.length === 0 ? {} : { opened }),
      ...(unseen.length === 0 ? {} : { recent: unseen, looks: looksFor(unseen, before, reading) }),
      ...(ids.length === 0 ? {} : { openingsSeen: ids }),
      ...(nowLooked.length === 0 ? {} : { editsSeen: nowLooked }),
    },
  };
}

const hasMoved = (before: PrincipalRecord | undefined, reading: Reading): boolean =>
  coveringAfter(before, reading).moved === 'principal';

/** Whether it is about a managed policy that other edits are about, too: what it did shows only together with them. */
const isOneOfSeveral = ({ edit }: Change, edits: readonly Change[]): boolean =>
  edit !== undefined &&
  'arn' in edit &&
  edit.arn !== undefined &&
  edits.filter((other) => other.edit !== undefined && sharesTarget(other.edit, edit)).length > 1;

const sharesTarget = (one: PolicyEdit, other: PolicyEdit): boolean =>
  targetsOf(one).some((target) => targetsOf(other).includes(target));

/** What an event hid may be told by one that comes later. */
const isKnown = ({ edit }: Change): boolean => edit?.act !== 'hidden';

/** The looks that are kept for some edits. */
function looksFor(
  edits: readonly Change[],
  before: PrincipalRecord | undefined,
  { readAt, access, trust }: Reading,
): readonly Look[] {
  const known =
    before?.access === undefined ? [] : [{ at: before.readAt, access: before.access, trust: before.trust }];
  const earlier = before?.looks ?? known;
  const looks = access === undefined ? earlier : [...earlier, { at: readAt, access, trust }];
  const oldest = Math.min(...edits.map(({ time }) => Date.parse(time)));
  const needed = looks.findLastIndex(({ at }) => Date.parse(at) < oldest);
  return looks.slice(Math.max(needed, 0)).slice(-most);
}

/**
 * Whether this look shows all that an edit opened: then it is told as access that was gained, and its end as a loss. One
 * that takes away is kept for that which it ends.
 */
function isShown(change: Change, { access, trust, openingsSince, readAt }: Reading): boolean {
  const { edit } = change;
  // A trust policy that somebody was made with shows its end beside the edit that replaced it.
  if (edit === undefined || isTaking(edit) || (edit.act === 'create' && edit.trust !== undefined))
    return false;
  const ended = [change, { ...change, edit: anEnd }];
  return openingsSince?.({ access: access ?? noAccess, trust }, ended, [], readAt).length === 0;
}
