import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import type { Admissions } from './admission.ts';
import type { Callers } from './callers.ts';
import type { Leave } from './leave.ts';
import type { Reach } from './reach.ts';
import { Takers } from './takers.ts';

/** Who can pass a role to a service that it trusts, and so have the service act with it. */
export interface Passed {
  /** `lambda.amazonaws.com` */
  readonly service: string;
  /** `user/eve`, sorted. */
  readonly by: readonly string[];
}

const PASS_ROLE = 'iam:PassRole';
/** A cheap look before anything is compiled, at all that can match `iam:PassRole`: false is certain. */
const MAY_PASS = /iam:[p*?]|NotAction|\\u|"[*?]|"i[am]*[*?]/i;

const knownToPass = new WeakMap<PolicySource, boolean>();

function mayPass(policy: PolicySource): boolean {
  const known = knownToPass.get(policy) ?? MAY_PASS.test(policy.text);
  knownToPass.set(policy, known);
  return known;
}

/** Principals whose policies say the same. */
interface Passer {
  readonly subjects: readonly string[];
  /** Whether it makes a difference to them which role it is. */
  readonly tellsApart: boolean;
  readonly mayPass: (role: Principal, service: string) => boolean;
}

/** Says who of an account can pass its roles to services. */
export class Passing {
  readonly #reach: Reach;
  readonly #callers: Callers;
  readonly #takers: Takers;
  #passers: readonly Passer[] | undefined;
  /** Places of those who may pass any role to a service, by the service. */
  readonly #everywhere = new Map<string, readonly number[]>();
  /** Names in order, by the places of those whose they are: many roles have the same. */
  readonly #names = new Map<string, readonly string[]>();

  /** @param now no policy is asked about another time */
  constructor(admissions: Admissions, reach: Reach, callers: Callers, now = new Date()) {
    const time = now.toISOString();
    this.#reach = reach;
    this.#callers = callers;
    this.#takers = new Takers(admissions, {
      'aws:CurrentTime': time,
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:TokenIssueTime': time,
    });
  }

  /** Those who may iam:PassRole on a role, for each service that its trust policy lets in; those whom nobody can use are left out. */
  of(role: Principal): readonly Passed[] {
    if (role.kind === 'user' || role.serviceLinked) return [];
    const services = this.#reach.waysInto(role).flatMap(({ kind, who }) => (kind === 'service' ? [who] : []));
    if (services.length === 0) return [];
    this.#passers ??= this.#findPassers();
    const passers = this.#passers;
    return [...new Set(services)].flatMap((service) => {
      const by = this.#namesOf([
        ...this.#everywhereTo(service, role, passers),
        ...placesOf(passers, (one) => one.tellsApart && one.mayPass(role, service)),
      ]);
      return by.length === 0 ? [] : [{ service, by }];
    });
  }

  #everywhereTo(service: string, role: Principal, passers: readonly Passer[]): readonly number[] {
    const known = this.#everywhere.get(service);
    if (known !== undefined) return known;
    const places = placesOf(passers, (one) => !one.tellsApart && one.mayPass(role, service));
    this.#everywhere.set(service, places);
    return places;
  }

  #namesOf(places: readonly number[]): readonly string[] {
    const key = places.join(' ');
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const names = places.flatMap((place) => this.#passers?.[place]?.subjects ?? []).sort();
    this.#names.set(key, names);
    return names;
  }

  /** Those who are allowed to pass some role, together where the same is said of them: looked for once, not for each role. */
  #findPassers(): readonly Passer[] {
    const byLeave = new Map<Leave, string[]>();
    for (const principal of this.#callers.all()) {
      if (!principal.policies.some(mayPass)) continue;
      const leave = this.#takers.of(principal)?.leave;
      if (leave === undefined) continue;
      const known = byLeave.get(leave);
      if (known !== undefined) known.push(subjectName(principal));
      else if ([...leave.allowsOf(PASS_ROLE)].length > 0) byLeave.set(leave, [subjectName(principal)]);
    }
    // Many differ only in what they say of other actions, or in the names of their policies.
    const alike = new Map<string | Leave, { readonly leave: Leave; readonly subjects: string[] }>();
    for (const [leave, subjects] of byLeave) {
      const key = leave.likenessAbout(PASS_ROLE) ?? leave;
      const known = alike.get(key);
      if (known === undefined) alike.set(key, { leave, subjects });
      else known.subjects.push(...subjects);
    }
    return [...alike.values()].map(({ leave, subjects }) => ({
      subjects,
      tellsApart: leave.tellsApart(PASS_ROLE),
      mayPass: ({ arn }, service) => leave.by(PASS_ROLE, arn, service) !== undefined,
    }));
  }
}

const placesOf = (passers: readonly Passer[], test: (passer: Passer) => boolean): readonly number[] =>
  passers.flatMap((one, place) => (test(one) ? [place] : []));
