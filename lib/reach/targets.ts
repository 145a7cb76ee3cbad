import type { Principal } from '#lib/account/types.ts';
import type { Escalation } from './escalations.ts';
import type { Reach } from './reach.ts';

const COGNITO = 'cognito-identity.amazonaws.com';

/** The principals that are worth getting at, sorted by what a row of the escalation table can get at. */
export class Targets {
  readonly #reach: Reach;
  readonly #users: readonly Principal[];
  /** Roles that can be changed: those of Identity Center and of services cannot. */
  readonly #roles: readonly Principal[];
  readonly #handed: readonly Principal[];
  /** By the service that a role lets in. */
  #byService: ReadonlyMap<string, readonly Principal[]> | undefined;
  readonly #rank: ReadonlyMap<string, number>;

  /** @param targets those that can do the worst first; every list here keeps that order */
  constructor(targets: readonly Principal[], reach: Reach) {
    this.#reach = reach;
    this.#users = targets.filter(({ kind }) => kind !== 'role');
    this.#handed = targets.filter(({ kind, serviceLinked }) => kind === 'role' && !serviceLinked);
    this.#roles = this.#handed.filter(({ path }) => !path.startsWith('/aws-reserved/'));
    this.#rank = new Map(this.#roles.map(({ arn }, index) => [arn, index]));
  }

  /** The principals that a row can be about, whatever the caller's own policies allow. */
  *of({ leads, service, assumes }: Escalation, caller: Principal): Iterable<Principal> {
    for (const target of this.#candidates(leads, service, assumes === true ? caller : undefined)) {
      if (target.arn === caller.arn) continue;
      if (assumes !== true || this.#reach.mayAssume(caller, target)) yield target;
    }
  }

  #candidates(
    leads: Escalation['leads'],
    service: string | undefined,
    caller: Principal | undefined,
  ): readonly Principal[] {
    if (leads === 'user') return this.#users;
    if (leads === 'service') return this.#servicesOf().get(service ?? '') ?? [];
    return caller === undefined ? this.#roles : this.#trusting(caller);
  }

  #trusting(caller: Principal): readonly Principal[] {
    const rankOf = ({ arn }: Principal) => this.#rank.get(arn) ?? Number.POSITIVE_INFINITY;
    return [...new Set(this.#reach.rolesTrusting(caller))]
      .filter(({ arn }) => this.#rank.has(arn))
      .sort((a, b) => rankOf(a) - rankOf(b));
  }

  #servicesOf(): ReadonlyMap<string, readonly Principal[]> {
    if (this.#byService !== undefined) return this.#byService;
    const byService = new Map<string, Principal[]>();
    for (const role of this.#handed) {
      for (const service of servicesInto(role, this.#reach)) {
        const same = byService.get(service) ?? [];
        byService.set(service, same);
        same.push(role);
      }
    }
    this.#byService = byService;
    return byService;
  }
}

/** The services that a role can be handed to; a role of Cognito's lets in whom an identity pool vouches for. */
function servicesInto(role: Principal, reach: Reach): ReadonlySet<string> {
  const services = new Set<string>();
  for (const { kind, who, deputy } of reach.waysInto(role)) {
    // A condition on the trust anchor, or on the certificate, keeps those of an anchor of one's own out.
    if (kind === 'roles-anywhere' && deputy === true) services.add('rolesanywhere.amazonaws.com');
    if (kind === 'service' && who !== COGNITO) services.add(who);
    if (kind === 'guests' || (kind === 'federated' && who === COGNITO)) services.add(COGNITO);
  }
  return services;
}
