import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { isWithAnything } from './afterwards.ts';
import type { Attachments } from './attachments.ts';
import type { Getting } from './escalations.ts';
import type { Groups } from './groups.ts';
import { leadsOf } from './leads.ts';
import type { Step } from './steps.ts';
import type { Taker } from './takers.ts';
import type { Targets } from './targets.ts';

/** What a principal can come to act as, by some steps. */
export interface Indirect {
  readonly steps: readonly Step[];
  /** With the policies and the boundary that decide then. */
  readonly as: Principal;
  /** Whether what the same row leads to after this may be worse. */
  readonly unsorted?: boolean;
  /**
   * Others than the target of the last step that the same row leads to, as many as one looks at; who asks may be among
   * them. Absent: none.
   */
  readonly alike?: () => readonly Principal[];
  /** What the same row leads to after this, which can do no worse unless it is unsorted; absent: nothing else. */
  readonly next?: () => Indirect | undefined;
}

/** The principals that rows lead to, those worth most first. */
export interface AllTargets {
  /** As they are. */
  readonly asTheyAre: Targets;
  /** Roles without the boundaries that they have. */
  readonly unbounded: Targets;
  /** Whatever they can do by now: those without a boundary first. */
  readonly anybody: Targets;
  /** With another version of a policy that binds them; of one principal there may be several. */
  readonly switched: Targets;
  /** The policies that could be boundaries of new principals, those that leave most first. */
  readonly boundaries: () => readonly PolicySource[];
  /** What there is to attach to them. */
  readonly attachments: Attachments;
  readonly groups: Groups;
}

/** What takers who are alike get at by each of their rows, whoever they are: worked out when somebody first asks. */
export class Gains {
  readonly #taker: Taker;
  readonly #targets: AllTargets;
  readonly #kindOf: (as: Principal) => object;
  readonly #byRow = new Map<Getting, Found<Indirect>>();
  /** Of what a row leads to, that which can do something else than all before it. */
  readonly #unlike = new Map<Getting, Found<Placed>>();
  readonly #withOthers = new WeakMap<Indirect, Indirect>();
  /** What was found last: one list for all that get at the same. */
  #last: readonly Indirect[] = [];

  /** @param kindOf one object for principals that can do the same, as far as that is plain */
  constructor(taker: Taker, targets: AllTargets, kindOf: (as: Principal) => object) {
    this.#taker = taker;
    this.#targets = targets;
    this.#kindOf = kindOf;
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

  /** The first of what a row leads to that is not the principal itself. */
  #of(getting: Getting, principal: Principal): Indirect | undefined {
    const found = this.#found(getting, principal);
    let at = 0;
    while (targetOf(found.at(at))?.arn === principal.arn) at += 1;
    const one = found.at(at);
    return one && this.#withOthersOf({ one, at }, getting, principal);
  }

  #found(getting: Getting, principal: Principal): Found<Indirect> {
    const found = this.#byRow.get(getting) ?? new Found(this.#all(getting, principal));
    this.#byRow.set(getting, found);
    return found;
  }

  #withOthersOf(placed: Placed, getting: Getting, principal: Principal): Indirect {
    const { one, at } = placed;
    const known = this.#withOthers.get(one) ?? {
      ...one,
      alike: () => othersIn(this.#found(getting, principal), at),
      // Whoever comes to itself as it is gains nothing: this is for all takers alike.
      next: () => {
        const later = this.#unlikeAfter(at, getting, principal);
        return later && this.#withOthersOf(later, getting, principal);
      },
    };
    this.#withOthers.set(one, known);
    return known;
  }

  #unlikeAfter(place: number, getting: Getting, principal: Principal): Placed | undefined {
    const unlike =
      this.#unlike.get(getting) ?? new Found(unlikeOf(this.#all(getting, principal), this.#kindOf));
    this.#unlike.set(getting, unlike);
    for (let index = 0, placed = unlike.at(0); placed !== undefined; index += 1, placed = unlike.at(index)) {
      if (placed.at > place) return placed;
    }
    return undefined;
  }

  /** What a row leads to, whoever takes it. */
  *#all(getting: Getting, principal: Principal): Iterable<Indirect> {
    const leading = { ...this.#targets, targets: this.#targetsOf(getting), kindOf: this.#kindOf };
    for (const { step, ...lead } of leadsOf(getting, principal, this.#taker.leave, leading))
      yield { steps: [step], ...lead };
  }

  /** What a row leads to whose target the principal must be able to assume. */
  #ofAssumed(getting: Getting, principal: Principal): Indirect | undefined {
    const targets = this.#targetsOf(getting);
    const trusting = targets.trusting(principal);
    if (trusting.size === 0) return undefined;
    return this.#assumedFrom(0, this.#found(getting, principal), { principal, targets, trusting });
  }

  #assumedFrom(start: number, found: Found<Indirect>, caller: Caller): Indirect | undefined {
    const { principal, targets, trusting } = caller;
    for (let at = start, one = found.at(at); one !== undefined; at += 1, one = found.at(at)) {
      const target = one.steps[0]?.target;
      if (target === undefined || target.arn === principal.arn || !trusting.has(target.arn)) continue;
      if (!targets.mayAssume(principal, target)) continue;
      // Where there is no other, it is the same for all.
      if (trusting.size === 1) return one;
      return { ...one, next: () => this.#assumedFrom(at + 1, found, caller) };
    }
    return undefined;
  }

  #targetsOf({ leads }: Getting): Targets {
    if (leads === 'role-unbounded') return this.#targets.unbounded;
    if (leads === 'role-switched' || leads === 'user-switched') return this.#targets.switched;
    return isWithAnything(leads) || leads === 'user-joined' ? this.#targets.anybody : this.#targets.asTheyAre;
  }
}

/** With its place among all that a row leads to. */
interface Placed {
  readonly one: Indirect;
  readonly at: number;
}

/** Those that can do something else than all before them: two each, since one may be who asks. Others are not kept. */
function* unlikeOf(all: Iterable<Indirect>, kindOf: (as: Principal) => object): Iterable<Placed> {
  const seen = new Map<object, number>();
  let at = -1;
  for (const one of all) {
    at += 1;
    const kind = kindOf(one.as);
    const count = seen.get(kind) ?? 0;
    seen.set(kind, count + 1);
    if (count < 2) yield { one, at };
  }
}

/** Who takes a row, and the roles that trust him. */
interface Caller {
  readonly principal: Principal;
  readonly targets: Targets;
  readonly trusting: ReadonlySet<string>;
}

/** Targets that one looks at beside the first. */
const LOOKED_AT = 100;

function othersIn(found: Found<Indirect>, first: number): readonly Principal[] {
  // One principal may be there with several versions of its policies.
  const others = new Map<string, Principal>();
  const told = found.at(first)?.steps[0];
  for (let at = first + 1; at <= LOOKED_AT; at += 1) {
    const step = found.at(at)?.steps[0];
    if (step?.target === undefined) break;
    // What is attached to others is not the same.
    if (step.attached !== told?.attached) continue;
    if (step.target.arn !== told?.target?.arn) others.set(step.target.arn, step.target);
  }
  return [...others.values()];
}

const targetOf = (found: Indirect | undefined): Principal | undefined => found?.steps[0]?.target;

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
