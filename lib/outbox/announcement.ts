import type { Change } from '#lib/change/types.ts';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import { announcedAfter, type Preferences, pendingAlerts } from './alerts.ts';
import { nextPrincipalState, type PrincipalEvent, type PrincipalState } from './claim-states.ts';
import { wasPublished } from './message.ts';
import { updateRecord } from './store.ts';
import type { RecordTable } from './table.ts';
import type { PrincipalRecord, Telling } from './types.ts';

/** Seconds for which nobody else announces anything of a principal; a function that dies loses its claim after so long. */
export const claimSeconds = 120;

export interface Announcer extends Preferences {
  readonly table: RecordTable;
  /** Unique for each attempt to announce. */
  readonly id: string;
  readonly now: () => Date;
  /** Called of a principal whom somebody else is announcing, or was when he died. */
  readonly busy?: (subject: string) => void;
}

/**
 * Takes what has to be announced about a principal, and with it the duty to announce it: until `markAnnounced` or until the claim
 * ends, nobody else gets it. What an announcer who died has published, and not marked, is marked first.
 *
 * @returns `undefined`: nothing to announce, or somebody else is announcing it.
 */
export async function claimAlerts(
  announcer: Announcer,
  subject: string,
): Promise<PrincipalAlerts | undefined> {
  const now = announcer.now();
  let claimed: PrincipalAlerts | undefined;
  let isBusy = false;
  await updateRecord(announcer.table, subject, async (stored) => {
    claimed = undefined;
    if (stored === undefined) return undefined;
    const state = await stateOf(stored, announcer, now);
    isBusy = state === 'claimed';
    if (isBusy) return undefined;
    const { telling } = stored.claim ?? {};
    const before = state === 'published' ? moved(stored, state, 'mark', { now, telling }) : stored;
    const alerts = pendingAlerts(before, now.toISOString(), announcer);
    if (alerts.length === 0) {
      // What was done has led to nothing that anybody needs to hear.
      return before === stored && isSettled(before) ? undefined : settled(before);
    }
    const { arn, changes, readAt } = before;
    claimed = { subject, arn, alerts, changes: changes.map(withoutEdit), readAt };
    return moved(before, 'free', 'claim', { now, telling: tellingOf(claimed), by: announcer.id });
  });
  if (isBusy) announcer.busy?.(subject);
  return claimed;
}

/**
 * Remembers that what was claimed was announced. Answers whether there is more to announce by now: whoever found it while
 * the principal was claimed has left it to this announcer.
 */
export async function markAnnounced(announcer: Announcer, announced: PrincipalAlerts): Promise<boolean> {
  const now = announcer.now();
  const about = { now, telling: tellingOf(announced) };
  const after = await updateRecord(announcer.table, announced.subject, (before) => {
    if (before === undefined) return undefined;
    const { claim } = before;
    // A claim that ran out may be somebody else's by now; what was told was told all the same.
    if (claim !== undefined && claim.by !== announcer.id) return { ...withAnnounced(before, about), claim };
    return moved(before, 'published', 'mark', about);
  });
  return after !== undefined && pendingAlerts(after, now.toISOString(), announcer).length > 0;
}

/** Gives the duty back after a failed attempt, so that the next attempt need not wait for the claim to end. */
export async function releaseClaim(announcer: Announcer, subject: string): Promise<void> {
  await updateRecord(announcer.table, subject, (before) =>
    before?.claim?.by === announcer.id
      ? moved(before, 'claimed', 'fail', { now: announcer.now() })
      : undefined,
  );
}

/** The state that a record is in for an announcer. A claim that ran out is free, but where its message was published. */
async function stateOf(
  { claim, subject }: PrincipalRecord,
  { id, table }: Announcer,
  now: Date,
): Promise<PrincipalState> {
  if (claim === undefined || claim.by === id) return 'free';
  if (claim.until > now.toISOString()) return 'claimed';
  return claim.telling !== undefined && (await wasPublished(table, claim.by, subject)) ? 'published' : 'free';
}

interface About {
  readonly now: Date;
  readonly telling?: Telling | undefined;
  readonly by?: string;
}

/** What an event of the protocol does to a record; that a message is published is written down with the message. */
const effects: Readonly<Record<PrincipalEvent, (record: PrincipalRecord, about: About) => PrincipalRecord>> =
  {
    claim: (record, { now, telling, by = '' }) => {
      const until = new Date(now.getTime() + claimSeconds * 1000).toISOString();
      return { ...record, claim: { by, until, telling } };
    },
    publish: (record) => record,
    mark: (record, about) => withoutClaim(withAnnounced(record, about)),
    fail: withoutClaim,
  };

/** @throws {Error} where the protocol has no such transition. */
function moved(
  record: PrincipalRecord,
  state: PrincipalState,
  event: PrincipalEvent,
  about: About,
): PrincipalRecord {
  if (nextPrincipalState(state, event) === undefined)
    throw new Error(`a principal that is ${state} cannot ${event}`);
  return effects[event](record, about);
}

function withoutClaim({ claim: _, ...rest }: PrincipalRecord): PrincipalRecord {
  return rest;
}

const tellingOf = ({ alerts, changes, readAt = '' }: PrincipalAlerts): Telling => ({
  alerts,
  changes: changes.map(({ eventId }) => eventId),
  readAt,
});

/** Policy documents are for the records alone. */
const withoutEdit = ({ edit: _, ...change }: Change): Change => change;

/** Changes that are known to have been told. */
const mostTold = 100;

/** With what was told among what was announced. */
function withAnnounced(record: PrincipalRecord, { now, telling }: About): PrincipalRecord {
  if (telling === undefined) return record;
  const told = new Set(telling.changes);
  const current = record.readAt === telling.readAt ? settled(record) : withoutOpened(record, telling);
  return {
    ...current,
    announced: announcedAfter(record, telling.alerts, now.toISOString()),
    changes: record.changes.filter(({ eventId }) => !told.has(eventId)),
    changesTold: [...new Set([...(record.changesTold ?? []), ...told])].slice(-mostTold),
  };
}

function withoutOpened({ opened = [], ...record }: PrincipalRecord, { alerts }: Telling): PrincipalRecord {
  const left = opened.filter(({ id }) => !alerts.some(({ finding }) => finding.id === id));
  return left.length === 0 ? record : { ...record, opened: left };
}

/** With the present as what the next change is measured against, and nothing left of what led to it. */
function settled(record: PrincipalRecord): PrincipalRecord {
  const {
    past: _past,
    changed: _changed,
    moved: _moved,
    opened: _opened,
    pastTrust: _pastTrust,
    renamedFrom: _renamedFrom,
    ...rest
  } = record;
  return { ...rest, changes: [] };
}

const isSettled = ({ past, moved, opened, changes }: PrincipalRecord): boolean =>
  past === undefined && moved === undefined && opened === undefined && changes.length === 0;
