import type { Principal } from '#lib/account/types.ts';
import type { Getting } from './escalations.ts';
import type { Indirect, RowGains } from './row-gains.ts';
import type { Rows } from './rows.ts';
import type { Taker } from './takers.ts';
import type { Targets } from './targets.ts';

/** What takers who are alike get at by each of their rows, whoever they are: worked out when somebody first asks. */
export class Gains {
  readonly #taker: Taker;
  readonly #rows: Rows;
  readonly #byRow = new Map<Getting, RowGains>();

  constructor(taker: Taker, rows: Rows) {
    this.#taker = taker;
    this.#rows = rows;
  }

  /** For each row what a principal gets at by it; of several targets the first: they come worst first. */
  of(principal: Principal): readonly Indirect[] {
    const all = this.#taker.gettings.map((getting) => {
      const found = this.#found(getting, principal);
      return getting.assumes === true
        ? this.#ofAssumed(getting, principal, found)
        : found.otherThan(principal);
    });
    return this.#rows.listOf(all.filter((one) => one !== undefined));
  }

  #found(getting: Getting, principal: Principal): RowGains {
    const found = this.#byRow.get(getting) ?? this.#rows.of(getting, this.#taker.leave, principal);
    this.#byRow.set(getting, found);
    return found;
  }

  /** What a row leads to whose target the principal must be able to assume. */
  #ofAssumed(getting: Getting, principal: Principal, found: RowGains): Indirect | undefined {
    const targets = this.#rows.targetsOf(getting);
    const trusting = targets.trusting(principal);
    if (trusting.size === 0) return undefined;
    return this.#assumedFrom(0, found, { principal, targets, trusting });
  }

  #assumedFrom(start: number, found: RowGains, caller: Caller): Indirect | undefined {
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
}

/** Who takes a row, and the roles that trust him. */
interface Caller {
  readonly principal: Principal;
  readonly targets: Targets;
  readonly trusting: ReadonlySet<string>;
}
