import type { Principal } from '#lib/account/types.ts';
import type { Step } from './steps.ts';

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

/** What a row leads to, found when it is asked for. */
export class RowGains {
  readonly #all: () => Iterable<Indirect>;
  readonly #kindOf: (as: Principal) => object;
  readonly #found: Found<Indirect>;
  /** That which can do something else than all before it. */
  #unlike: Found<Placed> | undefined;
  readonly #withOthers = new WeakMap<Indirect, Indirect>();

  constructor(all: () => Iterable<Indirect>, kindOf: (as: Principal) => object) {
    this.#all = all;
    this.#kindOf = kindOf;
    this.#found = new Found(all());
  }

  at(index: number): Indirect | undefined {
    return this.#found.at(index);
  }

  /** The first that is not the principal itself. */
  otherThan({ arn }: Principal): Indirect | undefined {
    let at = 0;
    while (targetOf(this.at(at))?.arn === arn) at += 1;
    const one = this.at(at);
    return one && this.#withOthersOf({ one, at });
  }

  #withOthersOf({ one, at }: Placed): Indirect {
    let others: readonly Principal[] | undefined;
    const known = this.#withOthers.get(one) ?? {
      alike: () => {
        others ??= othersIn(this.#found, at);
        return others;
      },
      ...one,
      // Whoever comes to itself as it is gains nothing: this is for all takers alike.
      next: () => {
        const later = this.#unlikeAfter(at);
        return later && this.#withOthersOf(later);
      },
    };
    this.#withOthers.set(one, known);
    return known;
  }

  #unlikeAfter(place: number): Placed | undefined {
    this.#unlike ??= new Found(unlikeOf(this.#all(), this.#kindOf));
    const unlike = this.#unlike;
    for (let index = 0, placed = unlike.at(0); placed !== undefined; index += 1, placed = unlike.at(index)) {
      if (placed.at > place) return placed;
    }
    return undefined;
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
