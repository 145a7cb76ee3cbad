import { arnParts } from '#lib/account/arn.ts';
import type { IdentityPool } from '#lib/account/identity-pools.ts';
import type { Principal } from '#lib/account/types.ts';
import { inSessions } from './acting.ts';
import type { Admissions } from './admission.ts';
import { Along, type Followed, type Road, type SessionLimits } from './along.ts';
import type { Asker } from './asker.ts';
import type { Callers } from './callers.ts';
import { NamedPrincipals } from './named-principals.ts';
import { type Closed, Pools } from './pools.ts';
import { trustOf } from './trust.ts';
import { type WayIn, wayKinds } from './way-in.ts';
import { admits, letsIn, waysIn } from './ways-in.ts';

/** Who is no further road: services act for whoever may hand them a role, and own principals are in the account. */
const narrow = wayKinds.indexOf('service');

export type { Road } from './along.ts';

/**
 * Who can become the principals of an account, by whatever chain of roles. Made when all of them have been seen; what
 * is asked for is worked out once.
 */
export class Reach {
  readonly #admissions: Admissions;
  /** Who there is in the account. */
  readonly callers: Callers;
  readonly #pools: Pools;
  /** By the text of trust policies, then by path and account. */
  readonly #direct = new Map<string | undefined, Map<string, readonly WayIn[]>>();
  #trusting: ((caller: Principal) => Iterable<Principal>) | undefined;
  #roads: ReadonlyMap<string, Road> | undefined;
  readonly #along: Along;

  /** @param pools identity pools that were read; of others it is not known whether they admit guests. */
  constructor(admissions: Admissions, callers: Callers, pools?: readonly IdentityPool[]) {
    this.#admissions = admissions;
    this.callers = callers;
    this.#pools = new Pools(pools);
    this.#along = new Along(admissions, callers);
  }

  /** The ways into a principal itself, widest first; users have none but their own credentials. */
  waysInto(principal: Principal): readonly WayIn[] {
    if (principal.kind === 'user' || principal.serviceLinked) return [];
    // Whatever its name, a role is let into as its trust policy says: an Identity Center path and identity pools tell more.
    const byPlace = this.#direct.get(principal.trust?.text) ?? new Map<string, readonly WayIn[]>();
    this.#direct.set(principal.trust?.text, byPlace);
    const closed = [...this.closedPools(principal).keys()].join();
    const place = `${principal.path} ${arnParts(principal.arn).accountId} ${closed}`;
    const known = byPlace.get(place) ?? waysIn(principal, this.#admissions, this.#pools);
    byPlace.set(place, known);
    return known;
  }

  /** Whether somebody with these claims of a provider can become a role, whoever else can. */
  letsIn(role: Principal, identity: Parameters<typeof letsIn>[1]): boolean {
    return letsIn(role, identity, this.#admissions, this.#pools);
  }

  /** Whether a role's trust policy lets in a principal elsewhere, or somebody of an account, whoever else it lets in. */
  admits(role: Principal, asker: Asker): boolean {
    return admits(role, asker, this.#admissions);
  }

  /** Identity pools that its trust policy names and whose guests do not become a role, by what was read of them. */
  closedPools(role: Principal): ReadonlyMap<string, Closed> {
    return this.#pools.closedTo(role);
  }

  /** The widest road to a principal from outside; undefined where only services and the account's own principals come. */
  roadTo(principal: Principal): Road | undefined {
    this.#roads ??= this.#closure();
    return this.#roads.get(principal.arn);
  }

  /** The principals of the account that may assume a role, each with leave of both sides. */
  ownCallersOf(role: Principal): readonly Principal[] {
    const askers = trustOf(role)?.askers ?? [];
    const possible = askers.flatMap((asker) => this.#ownPrincipals(asker, arnParts(role.arn).accountId));
    return [...new Set(possible)].filter((caller) => this.mayAssume(caller, role));
  }

  /** The principals of the account of whom an asker may be one. */
  #ownPrincipals(asker: Asker, accountId: string): readonly Principal[] {
    if (asker.kind === 'anyone') return [...this.callers.all()];
    const session = asker.kind === 'principal' ? this.callers.roleOfSession(asker.arn) : undefined;
    if (session !== undefined) return [session];
    const known = this.callers.of(asker, accountId);
    return known === 'unknown' ? [] : known;
  }

  /**
   * Whether a principal of the account may assume a role.
   *
   * @param limits what narrows the session in which it acts
   */
  mayAssume(caller: Principal, role: Principal, { session, acting }: SessionLimits = {}): boolean {
    const trust = trustOf(role);
    if (trust === undefined) return false;
    const plainly = this.#admissions.plainlyAssumes(caller, role, trust);
    // A session policy only narrows. What is plain asks for nothing of the session.
    if (plainly === false || (plainly !== undefined && session === undefined)) return plainly;
    const asker = { kind: 'principal', arn: caller.arn } as const;
    const asking = { asker, principal: caller, ...(session && { session }) };
    return inSessions(asking, acting).some(
      (one) => this.#admissions.toRole(role, trust, one, 'sts:AssumeRole').length > 0,
    );
  }

  /**
   * The roles that a role leads to, one after another, as many as are asked for; itself is not among them.
   *
   * @param way by which somebody comes to it, whose session may be narrower than its policies
   */
  *behind(role: Principal, most: number, way?: WayIn): Iterable<Principal> {
    const limits = way && this.#along.limitsOf({ way, through: [role] }, [...this.rolesTrusting(role)]);
    const seen = new Set([role.arn]);
    const queue = [role];
    for (const one of queue) {
      for (const next of this.rolesTrusting(one)) {
        if (seen.has(next.arn) || !this.mayAssume(one, next, one === role ? limits : undefined)) continue;
        if (seen.size > most) return;
        seen.add(next.arn);
        queue.push(next);
        yield next;
      }
    }
  }

  /** From the widest ways in on, each role once: the first road to it is the widest, and of those the shortest. */
  #closure(): ReadonlyMap<string, Road> {
    const roads = new Map<string, Road>();
    /** From where every further role was looked for, and not only those that somebody's session lets him assume. */
    const followed = new Set<string>();
    const follow = (road: Followed, role: Principal): readonly Followed[] => {
      if (followed.has(role.arn)) return [];
      if (!roads.has(role.arn)) roads.set(role.arn, road);
      const nexts = [...this.rolesTrusting(role)].filter(({ arn }) => !followed.has(arn));
      const limits = this.#along.limitsOf(road, nexts);
      const sessions = limits && `${role.arn} ${limits.session === undefined} ${limits.acting?.text}`;
      if (followed.has(sessions ?? role.arn)) return [];
      followed.add(sessions ?? role.arn);
      return nexts
        .filter((next) => this.mayAssume(role, next, limits))
        .map((next) => ({ way: road.way, through: [...road.through, next], before: road }))
        .filter((next) => this.#along.begins(next));
    };
    for (const starts of this.#startsByWidth()) {
      const queue: Followed[] = [...starts];
      for (const road of queue) {
        const role = road.through.at(-1);
        if (role !== undefined) for (const next of follow(road, role)) queue.push(next);
      }
    }
    return roads;
  }

  /** The ways in from outside, those of the same kind together, the widest first. */
  #startsByWidth(): readonly (readonly Road[])[] {
    const starts = wayKinds.slice(0, narrow).map((): Road[] => []);
    for (const role of this.callers.all())
      for (const way of this.waysInto(role))
        starts[wayKinds.indexOf(way.kind)]?.push({ way, through: [role] });
    return starts;
  }

  /** The roles whose trust policies name a principal or anyone, or its account where its own policies may let it ask. */
  rolesTrusting(caller: Principal): Iterable<Principal> {
    this.#trusting ??= this.trustingAmong(this.callers.all());
    return this.#trusting(caller);
  }

  /** The same of some roles only: worked out once for all who are asked about. */
  trustingAmong(roles: Iterable<Principal>): (caller: Principal) => Iterable<Principal> {
    const named = new Map<string, Principal[]>();
    const ofAccount: Principal[] = [];
    const ofAnyone: Principal[] = [];
    for (const role of roles) {
      for (const asker of trustOf(role)?.askers ?? []) {
        if (asker.kind === 'principal') this.#nameIn(named, asker.arn, role);
        else if (asker.kind === 'anyone') ofAnyone.push(role);
        else if (isAccountOf(asker, role)) ofAccount.push(role);
      }
    }
    const byName = new NamedPrincipals(ofAccount);
    // Who is not named himself needs leave of his own policies.
    const letBy = (caller: Principal) => {
      if (ofAccount.length === 0 || !this.callers.mayCall(caller)) return [];
      const statements = this.#admissions.assumingStatements(caller);
      return statements === undefined ? ofAccount : byName.by(statements.map(({ compiled }) => compiled));
    };
    return (caller) => [...(named.get(caller.arn) ?? []), ...ofAnyone, ...letBy(caller)];
  }

  #nameIn(named: Map<string, Principal[]>, asker: string, role: Principal): void {
    const arn = this.callers.roleOfSession(asker)?.arn ?? asker;
    const same = named.get(arn) ?? [];
    named.set(arn, same);
    same.push(role);
  }
}

function isAccountOf(asker: Asker, { arn }: Principal): boolean {
  return asker.kind === 'account' && asker.accountId === arnParts(arn).accountId;
}
