import type { Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { type Led, ledIn } from './all-targets.ts';
import { Attachments } from './attachments.ts';
import { switchingStep } from './escalation-steps.ts';
import { switching } from './escalations.ts';
import { Exchanges } from './exchanges.ts';
import { Gains } from './gains.ts';
import { Groups } from './groups.ts';
import { Growing, type Grown } from './growing.ts';
import { Onwards } from './onwards.ts';
import type { Reach } from './reach.ts';
import type { Indirect } from './row-gains.ts';
import { type Follow, Rows } from './rows.ts';
import type { Step } from './steps.ts';
import type { Surroundings } from './surroundings.ts';
import { assumingStep, Taken } from './taken.ts';
import { type Taker, Takers } from './takers.ts';
import { mayEscalateBy } from './wildcards.ts';

export type { Indirect } from './row-gains.ts';

/** What a principal can come to. */
export interface Indirects {
  /** Itself with more. */
  readonly grown?: Indirect;
  /** What it comes to as it is after that; mostly the same list for principals alike. */
  readonly others: readonly Indirect[];
  /** Itself with other policies than it has, and what it comes to then: worked out when it is asked for. */
  readonly exchanged: () => readonly Indirect[];
  /** Steps of which nobody can tell what they lead to. */
  readonly unknown: () => readonly Step[];
}

const nothing: Indirects = { others: [], exchanged: () => [], unknown: () => [] };

/** Works out what principals can come to by way of IAM and of services that roles are handed to. */
export class Indirections {
  readonly #takers: Takers;
  readonly #growing: Growing;
  readonly #surroundings: Surroundings;
  readonly #exchanges: Exchanges;
  readonly #onwards: Onwards;
  readonly #ledTo: () => Led;
  #led: Led | undefined;
  readonly #gains = new Map<Follow | undefined, WeakMap<Taker, Gains>>();
  readonly #rows = new Map<Follow | undefined, Rows>();
  readonly #takenBy: () => Taken;
  #taken: Taken | undefined;

  /** @param now no session began before its policies were read, and time does not go back */
  constructor(admissions: Admissions, reach: Reach, surroundings: Surroundings, now: Date) {
    const time = now.toISOString();
    this.#takers = new Takers(admissions, reach.callers, {
      'aws:CurrentTime': time,
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:TokenIssueTime': time,
    });
    this.#surroundings = surroundings;
    const attachments = new Attachments(surroundings.policies, surroundings.worstFirst);
    const groups = new Groups(surroundings.groups);
    this.#growing = new Growing(this.#takers, groups);
    this.#exchanges = new Exchanges(surroundings, attachments, groups);
    const { kindOf, opens } = surroundings;
    const kinds = new Kinds(kindOf, (as) => this.#takers.of(as));
    this.#ledTo = () => ledIn(surroundings, reach, attachments, groups, (as) => kinds.of(as));
    this.#onwards = new Onwards({
      growing: this.#growing,
      reach,
      opens,
      gained: (as, follow) => this.#gained(as, follow),
      assuming: (caller, role) => assumingStep(caller, role, admissions),
    });
    const onward: Follow = (role) =>
      Indirections.mayEscalate(role) ? this.#onwards.byThemselves(role) : undefined;
    this.#takenBy = () => new Taken(surroundings.unjudged(), { reach, admissions, onward });
  }

  /** Whether a principal may come to anything by its own policies, cheaply. */
  static mayEscalate({ policies, serviceLinked }: Principal): boolean {
    return !serviceLinked && policies.some(mayEscalateBy);
  }

  /** Whether a principal may come to anything at all; false is certain. */
  mayComeToMore(principal: Principal): boolean {
    if (principal.serviceLinked) return false;
    return Indirections.mayEscalate(principal) || this.#takenOnce.by(principal) !== undefined;
  }

  /** What a role or a user comes to by itself for whoever acts as it, beyond what it can do as it is. */
  onward(principal: Principal): Grown | undefined {
    return Indirections.mayEscalate(principal) ? this.#onwards.byThemselves(principal) : undefined;
  }

  /**
   * What a principal can come to act as: itself with more, or with other policies, others, new ones. The shortest way to
   * each.
   */
  of(principal: Principal): Indirects {
    const self = this.#growing.of(principal);
    const grown = self.steps.length > 0 ? { grown: self } : {};
    const taken = () => {
      const one = this.#takenOnce.by(principal);
      return one === undefined ? [] : [one];
    };
    const taker = this.#takers.of(self.as);
    if (taker === undefined) return { ...nothing, ...grown, exchanged: taken };
    return {
      ...grown,
      others: this.#gainsOf(taker).of(self.as),
      exchanged: () => [
        ...this.#afterExchange(self, taker),
        ...this.#gained(self.as, this.#onwards.all).map((one) => afterSteps(self.steps, one)),
        ...taken(),
      ],
      unknown: () =>
        this.#surroundings.versions.unreadable.flatMap(
          (version) => switchingStep(switching, taker.leave, version) ?? [],
        ),
    };
  }

  get #takenOnce(): Taken {
    this.#taken ??= this.#takenBy();
    return this.#taken;
  }

  /** What a principal gets at; with what comes then, where somebody follows it. */
  #gained(as: Principal, follow?: Follow): readonly Indirect[] {
    const taker = this.#takers.of(as);
    return taker === undefined ? [] : this.#gainsOf(taker, follow).of(as);
  }

  #gainsOf(taker: Taker, follow?: Follow): Gains {
    const byTaker = this.#gains.get(follow) ?? new WeakMap<Taker, Gains>();
    this.#gains.set(follow, byTaker);
    const gains = byTaker.get(taker) ?? new Gains(taker, this.#rowsFor(follow));
    byTaker.set(taker, gains);
    return gains;
  }

  #rowsFor(follow: Follow | undefined): Rows {
    this.#led ??= this.#ledTo();
    const { asTheyAre, leadingOn } = this.#led;
    const targets = follow === undefined ? asTheyAre : leadingOn;
    const rows = this.#rows.get(follow) ?? new Rows(targets, this.#surroundings.kindOf, follow);
    this.#rows.set(follow, rows);
    return rows;
  }

  /** What a principal comes to once it has exchanged policies. */
  #afterExchange(before: Grown, taker: Taker): readonly Indirect[] {
    return this.#exchanges.of(before.as, taker).flatMap(({ steps, as }) => {
      const grown = this.#growing.of(as);
      const self = { steps: [...before.steps, ...steps, ...grown.steps], as: grown.as };
      const others = this.#gained(self.as);
      return [self, ...others.map((one) => afterSteps(self.steps, one))];
    });
  }
}

/** Tells apart what principals come to by themselves. */
class Kinds {
  readonly #kindOf: (as: Principal) => object;
  readonly #takerOf: (as: Principal) => Taker | undefined;
  readonly #known = new WeakMap<object, WeakMap<object, object>>();

  constructor(kindOf: (as: Principal) => object, takerOf: (as: Principal) => Taker | undefined) {
    this.#kindOf = kindOf;
    this.#takerOf = takerOf;
  }

  /** One object for principals that can do the same, and may take the same steps. */
  of(as: Principal): object {
    const kind = this.#kindOf(as);
    const taker = this.#takerOf(as);
    if (taker === undefined) return kind;
    const byTaker = this.#known.get(kind) ?? new WeakMap<object, object>();
    this.#known.set(kind, byTaker);
    const known = byTaker.get(taker) ?? {};
    byTaker.set(taker, known);
    return known;
  }
}

/** What is come to after some steps more. */
function afterSteps(steps: readonly Step[], { next, ...one }: Indirect): Indirect {
  const later = () => {
    const other = next?.();
    return other && afterSteps(steps, other);
  };
  return { ...one, steps: [...steps, ...one.steps], ...(next && { next: later }) };
}
