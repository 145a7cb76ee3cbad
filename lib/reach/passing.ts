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

/** Says who of an account can pass its roles to services. */
export class Passing {
  readonly #reach: Reach;
  readonly #callers: Callers;
  readonly #takers: Takers;
  #passers: ReadonlyMap<Leave, readonly string[]> | undefined;

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
    const found = new Map<string, string[]>(services.map((service) => [service, []]));
    this.#passers ??= this.#findPassers();
    for (const [leave, subjects] of this.#passers)
      for (const [service, by] of found)
        if (leave.by('iam:PassRole', role.arn, service) !== undefined) by.push(...subjects);
    return [...found].flatMap(([service, by]) => (by.length === 0 ? [] : [{ service, by: by.sort() }]));
  }

  /** Those who are allowed to pass some role, together where the same is said of them: looked for once, not for each role. */
  #findPassers(): ReadonlyMap<Leave, readonly string[]> {
    const passers = new Map<Leave, string[]>();
    for (const principal of this.#callers.all()) {
      const leave = this.#takers.of(principal)?.leave;
      if (leave === undefined) continue;
      const known = passers.get(leave);
      if (known !== undefined) known.push(subjectName(principal));
      else if ([...leave.allowsOf('iam:PassRole')].length > 0) passers.set(leave, [subjectName(principal)]);
    }
    return passers;
  }
}
