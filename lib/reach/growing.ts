import type { Principal } from '#lib/account/types.ts';
import { anyPolicies, denyingAnd, hasAnything } from './afterwards.ts';
import { growthStep } from './escalation-steps.ts';
import type { Growth } from './escalations.ts';
import type { Groups } from './groups.ts';
import type { Step } from './steps.ts';
import type { Takers } from './takers.ts';

/** A principal after some steps. */
export interface Grown {
  readonly steps: readonly Step[];
  readonly as: Principal;
}

/** Works out what principals can give themselves. */
export class Growing {
  readonly #takers: Takers;
  readonly #groups: Groups;

  constructor(takers: Takers, groups: Groups) {
    this.#takers = takers;
    this.#groups = groups;
  }

  /** The principal with all that it can give itself, to a fixed point: policies first, then its boundary. */
  of(principal: Principal): Grown {
    let grown: Grown = { steps: [], as: principal };
    for (;;) {
      const more = this.#growth(grown.as);
      if (more === undefined) return grown;
      grown = { steps: [...grown.steps, more.step], as: more.as };
    }
  }

  /** What a principal can give itself in one step. */
  #growth(principal: Principal): { readonly step: Step; readonly as: Principal } | undefined {
    const taker = this.#takers.of(principal);
    if (taker === undefined) return undefined;
    for (const growth of taker.growths) {
      const as = this.#grownBy(growth, principal);
      const step =
        as && growthStep(growth, taker.leave, principal, (name) => this.#groups.arnOf(name, principal));
      if (as !== undefined && step !== undefined) return { step, as };
    }
    return undefined;
  }

  /**
   * A principal after a row that gives it more; undefined where it gives nothing that is not there. What else its policies
   * allow makes no difference then, so that all who come to everything are alike.
   */
  #grownBy({ leads }: Growth, principal: Principal): Principal | undefined {
    const { boundary, ...unbounded } = principal;
    if (leads === 'unbounded') return boundary && unbounded;
    if (hasAnything(principal)) return undefined;
    return { ...principal, policies: denyingAnd(principal.policies, anyPolicies) };
  }
}

/** What is come to after some steps, by the one who acts then. */
export function after({ steps, as }: Grown, then: Grown): Grown {
  return { steps: [...steps, ...then.steps.map((step) => ({ as, ...step }))], as: then.as };
}
