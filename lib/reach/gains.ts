import type { PolicySource } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { gettingStep, mayGet, type Step } from './escalation-steps.ts';
import type { Getting } from './escalations.ts';
import type { Taker } from './takers.ts';
import type { Targets } from './targets.ts';

/** What a principal can come to act as, by some steps. */
export interface Indirect {
  readonly steps: readonly Step[];
  /** With the policies and the boundary that decide then. */
  readonly as: Principal;
}

export const everything: PolicySource = {
  name: 'whatever it writes',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};
/** One list, so that work about it is shared. */
const anyPolicies: readonly PolicySource[] = [everything];

/** What takers who are alike get at by each of their rows, whoever they are: worked out when somebody first asks. */
export class Gains {
  readonly #taker: Taker;
  readonly #targets: Targets;
  readonly #byRow = new Map<Getting, Found<Indirect>>();
  /** What was found last: one list for all that get at the same. */
  #last: readonly Indirect[] = [];

  constructor(taker: Taker, targets: Targets) {
    this.#taker = taker;
    this.#targets = targets;
  }

  /** For each row what a principal gets at by it; of several targets the first: they come worst first. */
  of(principal: Principal): readonly Indirect[] {
    const all: Indirect[] = [];
    for (const getting of this.#taker.gettings) {
      const one =
        getting.assumes === true ? this.#ofAssumed(getting, principal) : this.#of(getting, principal);
      if (one !== undefined) all.push(one);
    }
    if (all.length !== this.#last.length || all.some((one, index) => one !== this.#last[index]))
      this.#last = all;
    return this.#last;
  }

  #of(getting: Getting, principal: Principal): Indirect | undefined {
    const found = this.#byRow.get(getting) ?? new Found(this.#all(getting, principal));
    this.#byRow.set(getting, found);
    const first = found.at(0);
    return first?.steps[0]?.target?.arn === principal.arn ? found.at(1) : first;
  }

  /** What a row leads to, whoever takes it. */
  *#all(getting: Getting, principal: Principal): Iterable<Indirect> {
    const { leave } = this.#taker;
    if (getting.leads === 'new-principal') {
      const step = gettingStep(getting, leave);
      if (step !== undefined) yield { steps: [step], as: newPrincipal(principal) };
      return;
    }
    for (const target of this.#targets.of(getting, leave)) {
      if (!mayGet(getting, leave, target)) continue;
      // Who may not do the rest may not whatever the target.
      if (!mayGet(getting, leave)) return;
      const step = gettingStep(getting, leave, target);
      if (step !== undefined) yield { steps: [step], as: afterwards(getting, target) };
    }
  }

  /** What a row leads to whose target the principal must be able to assume. */
  #ofAssumed(getting: Getting, principal: Principal): Indirect | undefined {
    for (const target of this.#targets.assumedBy(principal)) {
      const step = target.arn === principal.arn ? undefined : gettingStep(getting, this.#taker.leave, target);
      if (step !== undefined) return { steps: [step], as: afterwards(getting, target) };
    }
    return undefined;
  }
}

/** What a target is once somebody gets at it. */
function afterwards({ leads }: Getting, target: Principal): Principal {
  return leads === 'role-with-anything' ? { ...target, policies: anyPolicies } : target;
}

/** A role that a principal makes for itself. */
function newPrincipal({ arn }: Principal): Principal {
  const { partition, accountId } = arnParts(arn);
  return {
    kind: 'role',
    name: 'of-its-own-making',
    path: '/',
    arn: `arn:${partition}:iam::${accountId}:role/of-its-own-making`,
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
