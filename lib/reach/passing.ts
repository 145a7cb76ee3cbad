import type { Principal } from '#lib/account/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import type { Admissions } from './admission.ts';
import type { Callers } from './callers.ts';
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
    for (const principal of this.#callers.all()) {
      const leave = this.#takers.of(principal)?.leave;
      if (leave === undefined) continue;
      for (const [service, by] of found)
        if (leave.by('iam:PassRole', role.arn, service) !== undefined) by.push(subjectName(principal));
    }
    return [...found].flatMap(([service, by]) => (by.length === 0 ? [] : [{ service, by: by.sort() }]));
  }
}
