import { PolicyError } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import type { Callers } from './callers.ts';
import { readTrust } from './trust.ts';
import { type WayIn, wayKinds, waysIn } from './ways-in.ts';

/** How somebody comes to act as a principal: by a way in, and from there from role to role. */
export interface Road {
  readonly way: WayIn;
  /** The roles that are assumed one after another, the one that has the way in first; the principal itself is last. */
  readonly through: readonly Principal[];
}

/** Who is no further road: services act for whoever may hand them a role, and own principals are in the account. */
const narrow = wayKinds.indexOf('service');

/**
 * Who can become the principals of an account, by whatever chain of roles. Made when all of them have been seen; what
 * is asked for is worked out once.
 */
export class Reach {
  readonly #admissions: Admissions;
  readonly #callers: Callers;
  readonly #direct = new Map<string, readonly WayIn[]>();
  #roads: ReadonlyMap<string, Road> | undefined;

  constructor(admissions: Admissions, callers: Callers) {
    this.#admissions = admissions;
    this.#callers = callers;
  }

  /** The ways into a principal itself, widest first; users have none but their own credentials. */
  waysInto(principal: Principal): readonly WayIn[] {
    if (principal.kind === 'user' || principal.serviceLinked) return [];
    // Whatever its name, a role is let into as its trust policy says: only an Identity Center path tells more.
    const key = `${principal.trust?.text} ${principal.path} ${arnParts(principal.arn).accountId}`;
    const known = this.#direct.get(key);
    if (known !== undefined) return known;
    const ways = waysIn(principal, this.#admissions);
    this.#direct.set(key, ways);
    return ways;
  }

  /** The widest road to a principal from outside; undefined where only services and the account's own principals come. */
  roadTo(principal: Principal): Road | undefined {
    this.#roads ??= this.#closure();
    return this.#roads.get(principal.arn);
  }

  /** The principals of the account that may assume a role, each with leave of both sides. */
  ownCallersOf(role: Principal): readonly Principal[] {
    const trust = role.trust && readTrust(role.trust);
    if (trust === undefined || trust instanceof PolicyError) return [];
    const { accountId } = arnParts(role.arn);
    const found = new Map<string, Principal>();
    for (const asker of trust.askers) {
      const session = asker.kind === 'principal' ? this.#callers.roleOfSession(asker.arn) : undefined;
      if (session !== undefined && this.mayAssume(session, role)) found.set(session.arn, session);
      const all = asker.kind === 'anyone' ? [...this.#callers.all()] : this.#callers.of(asker, accountId);
      if (all === 'unknown') continue;
      for (const caller of all) if (this.mayAssume(caller, role)) found.set(caller.arn, caller);
    }
    return [...found.values()];
  }

  /** Whether a principal of the account may assume a role. */
  mayAssume(caller: Principal, role: Principal): boolean {
    const trust = role.trust && readTrust(role.trust);
    if (trust === undefined || trust instanceof PolicyError) return false;
    const plainly = this.#admissions.plainlyAssumes(caller, role, trust);
    if (plainly !== undefined) return plainly;
    const asker = { kind: 'principal', arn: caller.arn } as const;
    return this.#admissions.toRole(role, trust, { asker, principal: caller }, 'sts:AssumeRole').length > 0;
  }

  /** From the widest ways in on, each role once: the first road to it is the widest, and of those the shortest. */
  #closure(): ReadonlyMap<string, Road> {
    const roads = new Map<string, Road>();
    const byKind = new Map<number, Road[]>();
    const trusting = this.#trusting();
    for (const role of this.#callers.all()) {
      for (const way of this.waysInto(role)) {
        const rank = wayKinds.indexOf(way.kind);
        if (rank >= narrow) continue;
        const same = byKind.get(rank) ?? [];
        byKind.set(rank, same);
        same.push({ way, through: [role] });
      }
    }
    for (const [, starts] of [...byKind].sort(([a], [b]) => a - b)) {
      const queue = [...starts];
      for (const road of queue) {
        const role = road.through.at(-1);
        if (role === undefined || roads.has(role.arn)) continue;
        roads.set(role.arn, road);
        for (const next of trusting(role))
          if (!roads.has(next.arn) && this.mayAssume(role, next))
            queue.push({ way: road.way, through: [...road.through, next] });
      }
    }
    return roads;
  }

  /** The roles whose trust policies name a role, or its account where its own policies may let it ask. */
  #trusting(): (role: Principal) => Iterable<Principal> {
    const named = new Map<string, Principal[]>();
    const ofAccount: Principal[] = [];
    for (const role of this.#callers.all()) {
      const trust = role.trust && readTrust(role.trust);
      if (trust === undefined || trust instanceof PolicyError) continue;
      for (const asker of trust.askers) {
        if (asker.kind === 'account' && asker.accountId === arnParts(role.arn).accountId)
          ofAccount.push(role);
        if (asker.kind !== 'principal') continue;
        const arn = this.#callers.roleOfSession(asker.arn)?.arn ?? asker.arn;
        const same = named.get(arn) ?? [];
        named.set(arn, same);
        same.push(role);
      }
    }
    return (role) => [...(named.get(role.arn) ?? []), ...(this.#callers.mayCall(role) ? ofAccount : [])];
  }
}
