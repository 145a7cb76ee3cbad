import type { PolicySource } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { gettingStep, growthStep, mayGet, type Step } from './escalation-steps.ts';
import type { Getting, Growth } from './escalations.ts';
import type { Leave } from './leave.ts';
import type { Reach } from './reach.ts';
import { type Taker, Takers } from './takers.ts';
import { Targets } from './targets.ts';

/** What a principal can come to act as, by some steps. */
export interface Indirect {
  readonly steps: readonly Step[];
  /** With the policies and the boundary that decide then. */
  readonly as: Principal;
}

const everything: PolicySource = {
  name: 'whatever it writes',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};
/** One list, so that work about it is shared. */
const anyPolicies: readonly PolicySource[] = [everything];

/** A cheap look before anything is compiled: false is certain. */
const MAY_ESCALATE = /iam:|NotAction|\\u|"[*?]|"i[*?am]*[*?]/i;

/** Works out what principals can come to by way of IAM and of services that roles are handed to. */
export class Indirections {
  readonly #takers: Takers;
  readonly #targets: Targets;
  /** One list for all that have the same policies, so that work about it is shared. */
  readonly #withEverything = new WeakMap<readonly PolicySource[], readonly PolicySource[]>();
  /** What whoever has some leave gets at by a row, whoever that is: found one after another. */
  readonly #reached = new WeakMap<Leave, Map<Getting, Found<Step>>>();
  /** What a principal is to whoever gets at it by a row: one object, so that work about it is shared. */
  readonly #rewritten = new WeakMap<Principal, Principal>();
  readonly #made = new Map<string, Principal>();

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
  of(principal: Principal): readonly Indirect[] {
    const self = this.#grown(principal);
    const found: Indirect[] = self.steps.length > 0 ? [self] : [];
    const taker = this.#takers.of(self.as);
    for (const getting of taker?.gettings ?? []) {
      const step = taker && this.#stepBy(getting, taker, self.as);
      if (step === undefined) continue;
      found.push({ steps: [...self.steps, step], as: this.#become(getting, step, principal) });
    }
    return found;
  }

  /** The principal with all that it can give itself, to a fixed point: policies first, then its boundary. */
  #grown(principal: Principal): Indirect {
    let grown: Indirect = { steps: [], as: principal };
    for (;;) {
      const more = this.#growth(grown.as);
      if (more === undefined) return grown;
      grown = { steps: [...grown.steps, ...more.steps], as: more.as };
    }
  }

  /** What a principal can give itself in one step. */
  #growth(principal: Principal): Indirect | undefined {
    const taker = this.#takers.of(principal);
    for (const growth of taker?.growths ?? []) {
      const as = this.#grownBy(growth, principal);
      const step = as && taker && growthStep(growth, taker.leave, principal);
      if (as !== undefined && step !== undefined) return { steps: [step], as };
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

  /** The step that a row leads to; of several targets, the first: they come worst first, another one adds nothing. */
  #stepBy(getting: Getting, { leave }: Taker, principal: Principal): Step | undefined {
    if (getting.assumes === true) {
      for (const target of this.#targets.assumedBy(principal)) {
        const step = target.arn === principal.arn ? undefined : gettingStep(getting, leave, target);
        if (step !== undefined) return step;
      }
      return undefined;
    }
    const byRow = this.#reached.get(leave) ?? new Map<Getting, Found<Step>>();
    this.#reached.set(leave, byRow);
    const steps = byRow.get(getting) ?? new Found(this.#stepsBy(getting, leave));
    byRow.set(getting, steps);
    const first = steps.at(0);
    return first?.target?.arn === principal.arn ? steps.at(1) : first;
  }

  /** The steps that a row leads to, whoever takes them. */
  *#stepsBy(getting: Getting, leave: Leave): Iterable<Step> {
    if (getting.leads === 'new-principal') {
      const step = gettingStep(getting, leave);
      if (step !== undefined) yield step;
      return;
    }
    for (const target of this.#targets.of(getting, leave)) {
      if (!mayGet(getting, leave, target)) continue;
      // Who may not do the rest may not whatever the target.
      if (!mayGet(getting, leave)) return;
      const step = gettingStep(getting, leave, target);
      if (step !== undefined) yield step;
    }
  }

  /** What a principal is after a step. */
  #become({ leads }: Getting, { target }: Step, principal: Principal): Principal {
    if (target === undefined) return this.#newPrincipal(principal);
    if (leads !== 'role-with-anything') return target;
    const rewritten = this.#rewritten.get(target) ?? { ...target, policies: anyPolicies };
    this.#rewritten.set(target, rewritten);
    return rewritten;
  }

  /** A role that a principal makes for itself. */
  #newPrincipal({ arn }: Principal): Principal {
    const { partition, accountId } = arnParts(arn);
    const made = `arn:${partition}:iam::${accountId}:role/of-its-own-making`;
    const known = this.#made.get(made) ?? newRole(made);
    this.#made.set(made, known);
    return known;
  }
}

function newRole(arn: string): Principal {
  return {
    kind: 'role',
    name: 'of-its-own-making',
    path: '/',
    arn,
    id: 'AROAOFITSOWNMAKING000',
    tags: {},
    groups: [],
    policies: anyPolicies,
    unreadable: [],
    serviceLinked: false,
  };
}

/** What is found by and by, kept for all that ask. */
class Found<T> {
  readonly #known: T[] = [];
  readonly #rest: Iterator<T>;

  constructor(all: Iterable<T>) {
    this.#rest = all[Symbol.iterator]();
  }

  at(index: number): T | undefined {
    while (this.#known.length <= index) {
      const next = this.#rest.next();
      if (next.done === true) return undefined;
      this.#known.push(next.value);
    }
    return this.#known[index];
  }
}
