import type { Principal } from '#lib/account/types.ts';
import type { Getting } from './escalations.ts';
import type { Leave } from './leave.ts';
import { NamedPrincipals } from './named-principals.ts';
import type { Reach } from './reach.ts';

const COGNITO = 'cognito-identity.amazonaws.com';

/** The principals that are worth getting at, sorted by what a row of the escalation table can get at. */
export class Targets {
  readonly #reach: Reach;
  readonly #users: ReadonlySet<Principal>;
  /** Roles that can be changed: those of Identity Center and of services cannot. */
  readonly #roles: ReadonlySet<Principal>;
  readonly #handed: readonly Principal[];
  /** By the service that a role lets in. */
  #byService: ReadonlyMap<string, ReadonlySet<Principal>> | undefined;
  readonly #named: NamedPrincipals;
  /** Several rows ask about one caller, one after the other. */
  #lastTrusting: { readonly caller: Principal; readonly arns: ReadonlySet<string> } | undefined;
  readonly #namedBy = new WeakMap<Leave, Map<readonly string[], readonly Principal[]>>();

  /** @param targets those that can do the worst first; every list here keeps that order */
  constructor(targets: readonly Principal[], reach: Reach) {
    this.#reach = reach;
    this.#users = new Set(targets.filter(({ kind }) => kind !== 'role'));
    this.#handed = targets.filter(({ kind, serviceLinked }) => kind === 'role' && !serviceLinked);
    this.#roles = new Set(this.#handed.filter(({ path }) => !path.startsWith('/aws-reserved/')));
    this.#named = new NamedPrincipals(targets);
  }

  /** The principals that a row can be about, as far as the statements that let somebody take it name them. */
  of(getting: Getting, leave: Leave): Iterable<Principal> {
    const all = this.#candidates(getting);
    const about = getting.needs.find(({ on }) => on === 'target');
    if (all.size === 0 || about === undefined) return all;
    return this.#amongNamed(all, about.actions, leave);
  }

  /** The ARNs of the roles that a caller may be able to assume. */
  trusting(caller: Principal): ReadonlySet<string> {
    if (this.#lastTrusting?.caller !== caller) {
      const arns = new Set([...this.#reach.rolesTrusting(caller)].map(({ arn }) => arn));
      this.#lastTrusting = { caller, arns };
    }
    return this.#lastTrusting.arns;
  }

  mayAssume(caller: Principal, role: Principal): boolean {
    return this.#reach.mayAssume(caller, role);
  }

  #candidates({ leads, service }: Getting): ReadonlySet<Principal> {
    if (leads.startsWith('user')) return this.#users;
    if (service === undefined) return this.#roles;
    return this.#servicesOf().get(service) ?? new Set();
  }

  *#amongNamed(all: ReadonlySet<Principal>, actions: readonly string[], leave: Leave): Iterable<Principal> {
    const named = this.#namedFor(actions, leave);
    if (named.length >= all.size) yield* all;
    else for (const one of named) if (all.has(one)) yield one;
  }

  /** Whom the statements name that allow one of the actions, worked out once for a list of actions. */
  #namedFor(actions: readonly string[], leave: Leave): readonly Principal[] {
    const byActions = this.#namedBy.get(leave) ?? new Map<readonly string[], readonly Principal[]>();
    this.#namedBy.set(leave, byActions);
    const known = byActions.get(actions);
    if (known !== undefined) return known;
    const named = this.#named.by(actions.flatMap((action) => [...leave.allowsOf(action)]));
    byActions.set(actions, named);
    return named;
  }

  #servicesOf(): ReadonlyMap<string, ReadonlySet<Principal>> {
    if (this.#byService !== undefined) return this.#byService;
    const byService = new Map<string, Set<Principal>>();
    for (const role of this.#handed) {
      for (const service of servicesInto(role, this.#reach)) {
        const same = byService.get(service) ?? new Set();
        byService.set(service, same);
        same.add(role);
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
    // Whoever makes an association says for which cluster, namespace and account it is.
    if (kind === 'pod-identity') services.add('pods.eks.amazonaws.com');
    if (kind === 'service' && who !== COGNITO) services.add(who);
    if (kind === 'guests' || (kind === 'federated' && who === COGNITO)) services.add(COGNITO);
  }
  return services;
}
