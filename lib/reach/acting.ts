/** What narrows somebody who has come to a role, by whatever way, when he goes on from there: the session in which he acts. */
import {
  contextValue,
  type Literal,
  RecentMap,
  type RequestContext,
  type Session,
  sessionFreedom,
} from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions, Caller } from './admission.ts';
import type { Reads } from './entered.ts';
import { begunBy } from './role-sessions.ts';
import { wholeTrustOf } from './trust.ts';

/** Sessions of a role, as whoever asks STS in one of them. */
export interface Acting {
  readonly known: RequestContext;
  /** Keys, in lower case, that none of the sessions has. */
  readonly lacks: (key: string) => boolean;
  /** What the sessions are like: all of one of these. */
  readonly possible: readonly (readonly Literal[])[];
  /** The same text for sessions that are alike. */
  readonly text: string;
}

/** Beside a trust policy itself, these decide which sessions of its role there are. */
const SESSION_KEY = /^aws:(?:userid|sourceidentity|principaltag\/.*)$/;
const ASKS_SESSION = /aws:userid|sourceidentity|principaltag|assumed-role\//i;

/** An account repeats the same texts over and over. */
const remembered = new RecentMap<boolean>(5_000);

/** Whether a text of a policy may make a difference between sessions of a role; false is certain. */
export const asksSession = (text: string): boolean =>
  remembered.getOrCreate(text, () => ASKS_SESSION.test(text));

/** The keys of sessions, in lower case, that texts of policies may read. */
export function sessionKeysIn(texts: Iterable<string>): Reads {
  const keys = new Set<string>();
  for (const text of texts) {
    if (!asksSession(text)) continue;
    if (/sourceidentity/i.test(text)) keys.add('aws:sourceidentity');
    if (/aws:userid|assumed-role\//i.test(text)) keys.add('aws:userid');
    for (const [tag] of text.toLowerCase().matchAll(/aws:principaltag\/[^"$},]+/g)) keys.add(tag);
  }
  return keys;
}

/**
 * The sessions of a role that somebody can begin; undefined where these are not told apart.
 *
 * @param callers who he is: in one of these he asks
 */
export function sessionsBegunBy(
  callers: readonly Caller[],
  role: Principal,
  admissions: Admissions,
  reads: Reads,
): readonly Session[] | undefined {
  const trust = wholeTrustOf(role);
  // A role that is not made yet has no id, by which its sessions go.
  if (trust === undefined || role.id === '') return undefined;
  const sessions = callers.flatMap((caller) => begunBy(caller, role, { trust, admissions, reads }));
  return sessions.length > MOST ? undefined : sessions;
}

/** More sessions than these are not told apart. */
const MOST = 48;

/** Whoever acts in one of some sessions of a role. */
export function actingIn(sessions: readonly Session[], reads: Reads): Acting {
  const { facts, free, possible } = sessionFreedom(
    sessions,
    (key) => reads.has(key) && SESSION_KEY.test(key),
  );
  const known = Object.fromEntries(Object.entries(facts).filter(([key]) => !free.has(key.toLowerCase())));
  const lacked = [...reads].filter((key) => !free.has(key) && contextValue(known, key) === undefined);
  return {
    known,
    lacks: (key) => lacked.includes(key),
    possible,
    text: JSON.stringify([known, lacked, possible]),
  };
}

/** Somebody as he asks in each of the sessions. */
export function inSessions(caller: Caller, acting: Acting | undefined): readonly Caller[] {
  if (acting === undefined) return [caller];
  const { known, lacks, possible } = acting;
  const asking: Caller = { ...caller, known, lacks };
  return possible.length === 0 ? [asking] : possible.map((one) => ({ ...asking, possible: one }));
}
