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
  /** Others than the target of the last step that the same row leads to, as many as one looks at; absent: none. */
  readonly alike?: () => readonly Principal[];
  /** What the same row leads to after this, which can do no worse; absent: nothing else. */
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
  readonly #targets: AllTargets;
  readonly #accessOf: (as: Principal) => object;
  readonly #byRow = new Map<Getting, Found<Indirect>>();
  /** Of what was found by a row, the places that are worth a look after the first. */
  readonly #unlike = new WeakMap<Found<Indirect>, Found<number>>();
  readonly #withOthers = new WeakMap<Indirect, Indirect>();
  /** What was found last: one list for all that get at the same. */
  #last: readonly Indirect[] = [];

  /** @param accessOf what somebody can do: the same object for all that can do the same */
  constructor(taker: Taker, targets: AllTargets, accessOf: (as: Principal) => object) {
    this.#taker = taker;
    this.#targets = targets;
    this.#accessOf = accessOf;
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
    return this.#from(0, this.#found(getting, principal), principal);
  }

  #found(getting: Getting, principal: Principal): Found<Indirect> {
    const found = this.#byRow.get(getting) ?? new Found(this.#all(getting, principal));
    this.#byRow.set(getting, found);
    return found;
  }

  /** The first of what was found from a place on that is not the principal itself. */
  #from(start: number, found: Found<Indirect>, principal?: Principal): Indirect | undefined {
    let at = start;
    while (principal !== undefined && targetOf(found.at(at))?.arn === principal.arn) at += 1;
    const one = found.at(at);
    if (one === undefined) return undefined;
    const known = this.#withOthers.get(one) ?? {
      ...one,
      alike: () => othersIn(found, at, principal),
      // Whoever comes to itself as it is gains nothing: this is for all takers alike.
      next: () => {
        const later = this.#unlikeAfter(at, found);
        return later === undefined ? undefined : this.#from(later, found);
      },
    };
    this.#withOthers.set(one, known);
    return known;
  }

  /** The next place of what can do something else than all before it. */
  #unlikeAfter(at: number, found: Found<Indirect>): number | undefined {
    const places = this.#unlike.get(found) ?? new Found(unlikePlaces(found, this.#accessOf));
    this.#unlike.set(found, places);
    for (let index = 0, place = places.at(0); place !== undefined; index += 1, place = places.at(index)) {
      if (place > at) return place;
    }
    return undefined;
  }

  /** What a row leads to, whoever takes it. */
  *#all(getting: Getting, principal: Principal): Iterable<Indirect> {
    const { leave } = this.#taker;
    if (getting.leads === 'new-principal') {
      const step = gettingStep(getting, leave);
      if (step !== undefined) yield { steps: [step], as: newPrincipal(principal) };
      return;
    }
    for (const target of this.#targetsOf(getting).of(getting, leave)) {
      if (!mayGet(getting, leave, target)) continue;
      // Who may not do the rest may not whatever the target.
      if (!mayGet(getting, leave)) return;
      const step = gettingStep(getting, leave, target);
      if (step !== undefined) yield { steps: [step], as: afterwards(getting, target) };
    }
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
    return leads === 'role-with-anything' || leads === 'user-with-anything'
      ? this.#targets.anybody
      : this.#targets.asTheyAre;
  }
}

/** Where those stand who can do something else than all before them: two each, since one may be who asks. */
function* unlikePlaces(found: Found<Indirect>, accessOf: (as: Principal) => object): Iterable<number> {
  const seen = new Map<object, number>();
  for (let at = 0, one = found.at(0); one !== undefined; at += 1, one = found.at(at)) {
    const access = accessOf(one.as);
    const count = seen.get(access) ?? 0;
    seen.set(access, count + 1);
    if (count < 2) yield at;
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

function othersIn(found: Found<Indirect>, first: number, principal?: Principal): readonly Principal[] {
  // One principal may be there with several versions of its policies.
  const others = new Map<string, Principal>();
  const told = [principal?.arn, targetOf(found.at(first))?.arn];
  for (let at = first + 1; at <= LOOKED_AT; at += 1) {
    const target = targetOf(found.at(at));
    if (target === undefined) break;
    if (!told.includes(target.arn)) others.set(target.arn, target);
  }
  return [...others.values()];
}

const targetOf = (found: Indirect | undefined): Principal | undefined => found?.steps[0]?.target;

/** What a target is once somebody gets at it. */
function afterwards({ leads, lifts }: Getting, target: Principal): Principal {
  if (leads !== 'role-with-anything' && leads !== 'user-with-anything') return target;
  const isFree = lifts === true || target.boundary === undefined;
  const known = isFree ? withAnything.free : withAnything.bounded;
  const before = known.get(target);
  if (before !== undefined) return before;
  const { boundary: _, ...free } = target;
  const after = { ...(isFree ? free : target), policies: anyPolicies };
  known.set(target, after);
  return after;
}

/** One object for each target, so that what it can do is worked out once for all takers and rows. */
const withAnything = {
  free: new WeakMap<Principal, Principal>(),
  bounded: new WeakMap<Principal, Principal>(),
};

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
