/** The sessions in which somebody acts who goes on from role to role. */
import type { PolicySource, Session } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { type Acting, actingIn, asksSession, inSessions, sessionKeysIn, sessionsBegunBy } from './acting.ts';
import type { Admissions, Caller } from './admission.ts';
import { type Callers, mayNameSts } from './callers.ts';
import { distinctSessions } from './entered.ts';
import { guestSessionPolicy } from './guest-session.ts';
import type { WayIn } from './way-in.ts';

/** How somebody comes to act as a principal: by a way in, and from there from role to role. */
export interface Road {
  readonly way: WayIn;
  /** The roles that are assumed one after another, the one that has the way in first; the principal itself is last. */
  readonly through: readonly Principal[];
}

/** A road with the one that it goes on from. */
export interface Followed extends Road {
  readonly before?: Followed;
}

/** What narrows a session of a role beside the role's own policies. */
export interface SessionLimits {
  /** Session policies that it is under. */
  readonly session?: readonly PolicySource[];
  readonly acting?: Acting;
}

const IDENTITY = 'aws:sourceidentity';

/** Works out what the sessions of whoever comes by a road are like: each is begun in one of those before it. */
export class Along {
  readonly #admissions: Admissions;
  readonly #callers: Callers;
  #keys: ReadonlySet<string> | undefined;
  readonly #sessions = new WeakMap<Road, { readonly of: readonly Session[] | undefined }>();

  constructor(admissions: Admissions, callers: Callers) {
    this.#admissions = admissions;
    this.#callers = callers;
  }

  /** What narrows the session of whoever comes by a road, as far as it makes a difference to where he goes on. */
  limitsOf(road: Followed, nexts: readonly Principal[]): SessionLimits | undefined {
    const { way, through } = road;
    const session = way.scopedDown === true && through.length === 1 ? [guestSessionPolicy] : undefined;
    const trusts = nexts.flatMap(({ trust }) => trust?.text ?? []);
    const own = (through.at(-1)?.policies ?? []).map(({ text }) => text).filter(mayNameSts);
    const sessions = [...trusts, ...own].some(asksSession) ? this.#sessionsOf(road) : undefined;
    if (session === undefined && sessions === undefined) return undefined;
    return {
      ...(session && { session }),
      ...(sessions && { acting: actingIn(sessions, this.#sessionKeys()) }),
    };
  }

  /**
   * Whether a session of the last role of a road can begin at all. Who sets a source identity, or has one from before,
   * needs sts:SetSourceIdentity on each role that is assumed with it.
   *
   * Source: IAM User Guide, "Monitor and control actions taken with assumed roles" (permissions required to set source
   * identity; role chaining).
   */
  begins(road: Followed): boolean {
    const asks = road.through.some(({ trust }) => /sourceidentity/i.test(trust?.text ?? ''));
    return !asks || this.#sessionsOf(road)?.length !== 0;
  }

  /** The sessions in which whoever comes by a road acts; undefined where they are not told apart. */
  #sessionsOf(road: Followed): readonly Session[] | undefined {
    const known = this.#sessions.get(road) ?? { of: this.#begunAlong(road) };
    this.#sessions.set(road, known);
    return known.of;
  }

  #begunAlong({ way, through, before }: Followed): readonly Session[] | undefined {
    const role = through.at(-1);
    const caller = before?.through.at(-1);
    if (role === undefined || this.#sessionKeys().size === 0) return undefined;
    if (before === undefined) return way.asker && this.#begun([{ asker: way.asker }], role);
    const sessions = this.#sessionsOf(before);
    if (caller === undefined || sessions === undefined) return undefined;
    const asking: Caller = { asker: { kind: 'principal', arn: caller.arn }, principal: caller };
    const all: Session[] = [];
    for (const session of sessions) {
      const begun = this.#begun(inSessions(asking, actingIn([session], this.#sessionKeys())), role);
      if (begun === undefined) return undefined;
      all.push(
        ...(hasIdentity(session) ? begun.filter(hasIdentity).map((one) => inherited(one, session)) : begun),
      );
    }
    return distinctSessions(all);
  }

  #begun(callers: readonly Caller[], role: Principal): readonly Session[] | undefined {
    return sessionsBegunBy(callers, role, this.#admissions, this.#sessionKeys());
  }

  /** The keys of sessions that policies of the account read. */
  #sessionKeys(): ReadonlySet<string> {
    this.#keys ??= sessionKeysIn(
      [...this.#callers.all()].flatMap(({ trust, policies }) =>
        [...(trust ? [trust] : []), ...policies].map(({ text }) => text),
      ),
    );
    return this.#keys;
  }
}

const hasIdentity = ({ chosen }: Session): boolean =>
  chosen.some(({ key }) => key.toLowerCase() === IDENTITY);

/** A session with the source identity of the one in which it was begun. */
function inherited(session: Session, before: Session): Session {
  const limits = before.limits.filter(({ test }) => test.key.toLowerCase() === IDENTITY);
  return { ...session, limits: [...session.limits, ...limits] };
}
