import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { growthStep, type Step } from './escalation-steps.ts';
import type { Growth } from './escalations.ts';
import { everything, Gains, type Indirect } from './gains.ts';
import type { Reach } from './reach.ts';
import { type Taker, Takers } from './takers.ts';
import { Targets } from './targets.ts';

export type { Indirect } from './gains.ts';

/** A cheap look before anything is compiled: false is certain. */
const MAY_ESCALATE = /iam:|NotAction|\\u|"[*?]|"i[*?am]*[*?]/i;

/** What a principal can come to. */
export interface Indirects {
  /** Itself with more. */
  readonly grown?: Indirect;
  /** What it comes to as it is after that; mostly the same list for principals alike. */
  readonly others: readonly Indirect[];
}

const nothing: Indirects = { others: [] };

/** Works out what principals can come to by way of IAM and of services that roles are handed to. */
export class Indirections {
  readonly #takers: Takers;
  readonly #targets: Targets;
  readonly #gains = new WeakMap<Taker, Gains>();
  /** One list for all that have the same policies, so that work about it is shared. */
  readonly #withEverything = new WeakMap<readonly PolicySource[], readonly PolicySource[]>();

  /**
   * @param targets the principals that are worth getting at, those that can do the worst first
   * @param now no session began before its policies were read, and time does not go back
   */
  constructor(admissions: Admissions, reach: Reach, targets: readonly Principal[], now: Date) {
    const time = now.toISOString();
    this.#takers = new Takers(admissions, {
      'aws:CurrentTime': time,
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:TokenIssueTime': time,
    });
    this.#targets = new Targets(targets, reach);
  }

  /** Whether a principal may come to anything at all, cheaply. */
  static mayEscalate({ policies, serviceLinked }: Principal): boolean {
    return !serviceLinked && policies.some(({ text }) => MAY_ESCALATE.test(text));
  }

  /** What a principal can come to act as: itself with more, others, new ones. The shortest way to each. */
  of(principal: Principal): Indirects {
    const self = this.#grown(principal);
    const grown = self.steps.length > 0 ? { grown: self } : {};
    const taker = this.#takers.of(self.as);
    if (taker === undefined) return { ...nothing, ...grown };
    const gains = this.#gains.get(taker) ?? new Gains(taker, this.#targets);
    this.#gains.set(taker, gains);
    return { ...grown, others: gains.of(self.as) };
  }

  /** The principal with all that it can give itself, to a fixed point: policies first, then its boundary. */
  #grown(principal: Principal): Indirect {
    let grown: Indirect = { steps: [], as: principal };
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
      const step = as && growthStep(growth, taker.leave, principal);
      if (as !== undefined && step !== undefined) return { step, as };
    }
    return undefined;
  }

  /** A principal after a row that gives it more; undefined where it gives nothing that is not there. */
  #grownBy({ leads }: Growth, principal: Principal): Principal | undefined {
    const { boundary, ...unbounded } = principal;
    if (leads === 'unbounded') return boundary && unbounded;
    if (principal.policies.includes(everything)) return undefined;
    const { policies } = principal;
    const more = this.#withEverything.get(policies) ?? [...policies, everything];
    this.#withEverything.set(policies, more);
    return { ...principal, policies: more };
  }
}
