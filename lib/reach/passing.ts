import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import type { Admissions } from './admission.ts';
import type { Callers } from './callers.ts';
import type { Leave, Telling } from './leave.ts';
import type { Reach } from './reach.ts';
import { Takers } from './takers.ts';
import { NOT_A_RESOURCE } from './wildcards.ts';

/** Who can pass a role to a service that it trusts, and so have the service act with it. */
export interface Passed {
  /** `lambda.amazonaws.com` */
  readonly service: string;
  /** `user/eve`, sorted. */
  readonly by: readonly string[];
}

const PASS_ROLE = 'iam:PassRole';
/** A cheap look before anything is compiled, at all that can match `iam:PassRole`: false is certain. */
const MAY_PASS = new RegExp(String.raw`iam:[p*?]|NotAction|\\u|${NOT_A_RESOURCE}"[*?]|"i[am]*[*?]`, 'i');

const knownToPass = new WeakMap<PolicySource, boolean>();

function mayPass(policy: PolicySource): boolean {
  const known = knownToPass.get(policy) ?? MAY_PASS.test(policy.text);
  knownToPass.set(policy, known);
  return known;
}

/** Principals whose policies say the same. */
interface Passer {
  readonly subjects: readonly string[];
  /** What makes a difference to them of a role; undefined where that depends on what nobody knows. */
  readonly tellingApart: readonly Telling[] | undefined;
  readonly mayPass: (role: Principal, service: string) => boolean;
}

/** Says who of an account can pass its roles to services. */
export class Passing {
  readonly #reach: Reach;
  readonly #callers: Callers;
  readonly #takers: Takers;
  #found: Found | undefined;
  /** Names in order, by the service, what tells the role from others, and the places of those who vary. */
  readonly #names = new Map<string, readonly string[]>();

  /** @param now no policy is asked about another time */
  constructor(admissions: Admissions, reach: Reach, callers: Callers, now = new Date()) {
    const time = now.toISOString();
    this.#reach = reach;
    this.#callers = callers;
    this.#takers = new Takers(admissions, callers, {
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
    this.#found ??= found(this.#findPassers());
    const { plain, varying, telling } = this.#found;
    const likeness = telling.map((one) => (one.matches(role.arn) ? '1' : '0')).join('');
    return [...new Set(services)].flatMap((service) => {
      const mayPass = (one: Passer) => one.mayPass(role, service);
      const places = varying.flatMap((one, place) => (mayPass(one) ? [place] : []));
      const key = `${service} ${likeness} ${places.join(' ')}`;
      const by = this.#names.get(key) ?? namesOf([...plain.filter(mayPass), ...varying.filter(mayPass)]);
      this.#names.set(key, by);
      return by.length === 0 ? [] : [{ service, by }];
    });
  }

  /** Those who are allowed to pass some role, together where the same is said of them: looked for once, not for each role. */
  #findPassers(): readonly Passer[] {
    const byLeave = new Map<Leave, string[]>();
    for (const principal of this.#callers.all()) {
      if (!principal.policies.some(mayPass)) continue;
      const leave = this.#takers.leaveFor(PASS_ROLE, principal);
      if (leave === undefined) continue;
      const known = byLeave.get(leave);
      if (known === undefined) byLeave.set(leave, [subjectName(principal)]);
      else known.push(subjectName(principal));
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
      tellingApart: leave.tellingApart(PASS_ROLE),
      mayPass: (role, service) => leave.by(PASS_ROLE, role.arn, { service, of: role }) !== undefined,
    }));
  }
}

/** All passers, and what tells roles apart for them. */
interface Found {
  /** Those to whom roles are alike that are told apart by nothing below. */
  readonly plain: readonly Passer[];
  /** Those to whom what nobody knows of the request makes a difference. */
  readonly varying: readonly Passer[];
  /** One of each. */
  readonly telling: readonly Telling[];
}

function found(passers: readonly Passer[]): Found {
  const all = passers.flatMap(({ tellingApart = [] }) => tellingApart);
  const telling = new Map(all.map((one) => [one.text, one]));
  return {
    plain: passers.filter(({ tellingApart }) => tellingApart !== undefined),
    varying: passers.filter(({ tellingApart }) => tellingApart === undefined),
    telling: [...telling.values()],
  };
}

const namesOf = (passers: readonly Passer[]): readonly string[] =>
  passers.flatMap(({ subjects }) => subjects).sort();
