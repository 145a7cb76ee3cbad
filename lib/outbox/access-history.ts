import type { Change } from '#lib/change/types.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { type Access, allowedActions, sameAccess } from '#lib/past/access.ts';
import type { PrincipalRecord } from './types.ts';

/**
 * One line of the log of access: what a principal could do from one look on, until the line that follows it. What was
 * told does not matter: every change is in the log.
 */
export interface AccessEntry {
  readonly subject: string;
  readonly arn: string;
  /** When it was first seen so; ISO 8601. */
  readonly since: string;
  /**
   * When the access was last seen to be another one: it changed between the two. Absent for the first look at somebody of
   * whom nothing was known, so that nothing can be said of the time before.
   */
  readonly after?: string | undefined;
  /** When it was first seen to be so no more. Absent: it is the present. */
  readonly until?: string | undefined;
  /** `unknown`: some policy could not be read. `ended`: the principal does not exist. `open`: between two looks, as events tell. */
  readonly kind: 'known' | 'unknown' | 'ended' | 'open';
  readonly access?: Access | undefined;
  /** What led to it. */
  readonly changes: readonly Change[];
}

/** Changes that an entry names. */
const mostChanges = 20;

const isPrincipal = ({ subject }: PrincipalRecord): boolean => /^(user|role)\//.test(subject);

const kindOf = ({ status, unread }: PrincipalRecord): 'known' | 'unknown' | 'ended' =>
  status === 'deleted' ? 'ended' : unread ? 'unknown' : 'known';

/**
 * The line that a look at a principal adds to the log; `undefined` where it can do what it could, or nothing is known of
 * it that could be said (a service-linked role).
 *
 * @param changes that led to the look
 * @param isNew it did not exist before
 */
export function nextEntry(
  before: PrincipalRecord | undefined,
  after: PrincipalRecord,
  changes: readonly Change[],
  isNew = false,
): AccessEntry | undefined {
  const kind = kindOf(after);
  if (!isPrincipal(after) || after.status === 'not-checkable' || after.readAt === before?.readAt)
    return undefined;
  const isLogged = before?.accessSince !== undefined;
  if (isLogged && kind === kindOf(before) && (kind !== 'known' || isSame(before.access, after.access)))
    return undefined;
  if (before === undefined && kind === 'ended') return undefined;
  const { subject, arn, readAt: since, access } = after;
  const last = isLogged ? before.readAt : isNew ? earliest(changes, since) : undefined;
  return {
    subject,
    arn,
    since,
    after: last,
    kind,
    ...(kind === 'known' ? { access } : {}),
    changes: changes.slice(-mostChanges),
  };
}

/** Somebody new did not exist before the first change that tells of it. */
const earliest = (changes: readonly Change[], since: string): string =>
  changes.map(({ time }) => new Date(time).toISOString()).sort()[0] ?? since;

const isSame = (a: Access | undefined, b: Access | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameAccess(a, b);

/** Somebody who could do something at some time of a day. */
export interface Holder {
  readonly subject: string;
  readonly arn: string;
  /** Not before, and not after; absent: it is so still. When a change was made is known to lie between two looks. */
  readonly from: string;
  readonly until?: string | undefined;
  /** The access by which it could, for what it was on which resources and under which conditions. */
  readonly access: Access;
  readonly changes: readonly Change[];
}

/** Of whom it cannot be said, and why. */
export interface NotKnown {
  readonly subject: string;
  readonly arn: string;
  readonly reason: string;
}

export interface WhoCould {
  readonly could: readonly Holder[];
  readonly notKnown: readonly NotKnown[];
}

/**
 * Who could do something on a day, by the log of access: everybody whose access allowed it in some case at some time
 * of that day, and everybody of whom that is not known.
 *
 * @param action `rekognition:SearchFaces`
 * @param day `2026-11-28`, in UTC
 */
export function whoCould(entries: Iterable<AccessEntry>, action: string, day: string): WhoCould {
  const begin = `${day}T00:00:00.000Z`;
  const end = new Date(Date.parse(begin) + 86_400_000).toISOString();
  const all = [...entries];
  const onThatDay = all.filter(
    ({ since, after = since, until }) => after < end && (until === undefined || until > begin),
  );
  const allows = ({ access }: AccessEntry) =>
    access !== undefined && allowedActions(access).some((one) => one.action === action);
  const could = onThatDay.flatMap((entry): Holder[] => {
    const { subject, arn, since, after = since, until, access, changes } = entry;
    return access !== undefined && allows(entry)
      ? [{ subject, arn, from: after, until, access, changes }]
      : [];
  });
  const unread = onThatDay.filter(({ kind, access }) => access === undefined && kind !== 'ended');
  const notYet = firstOfEach(all).filter(({ since, after }) => after === undefined && since >= end);
  const notKnown = [
    ...unread.map(({ subject, arn, since, after = since }) => {
      return { subject, arn, reason: `what it could do from ${after} on could not be read` };
    }),
    ...notYet.map(({ subject, arn, since }) => {
      return { subject, arn, reason: `it was looked at for the first time on ${since}` };
    }),
  ];
  return { could: could.sort(bySubject), notKnown: notKnown.sort(bySubject) };
}

/** The earliest line of every principal. */
function firstOfEach(entries: readonly AccessEntry[]): readonly AccessEntry[] {
  const inOrder = [...entries].sort((a, b) => (a.since < b.since ? -1 : 1));
  return [...groupBy(inOrder, ({ subject }) => subject).values()].map(([first]) => first);
}

const bySubject = (a: { subject: string }, b: { subject: string }): number =>
  a.subject.localeCompare(b.subject, 'en', { numeric: true });
