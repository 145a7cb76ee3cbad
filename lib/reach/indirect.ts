import type { PolicySource } from '@permission-check/iam-policy';
import type { Group, Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { everything, hasAnything } from './afterwards.ts';
import { Attachments } from './attachments.ts';
import { growthStep, switchingStep } from './escalation-steps.ts';
import { type Growth, switching } from './escalations.ts';
import { type Exchangeable, Exchanges } from './exchanges.ts';
import { Gains } from './gains.ts';
import { Groups } from './groups.ts';
import type { PolicyVersions, Switched } from './policy-versions.ts';
import type { Reach } from './reach.ts';
import { type Indirect, Rows } from './rows.ts';
import type { Step } from './steps.ts';
import { type Taker, Takers } from './takers.ts';
import { Targets } from './targets.ts';
import { NOT_A_RESOURCE } from './wildcards.ts';

export type { Indirect } from './rows.ts';

/** A cheap look before anything is compiled: false is certain. */
const MAY_ESCALATE = new RegExp(String.raw`iam:[^:]|NotAction|\\u|${NOT_A_RESOURCE}"[*?]|"i[*?am]*[*?]`, 'i');

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

/** What there is in an account to come to. */
export interface Surroundings extends Exchangeable {
  /** The principals that are worth getting at, those that can do the worst first. */
  readonly targets: readonly Principal[];
  /** Roles without the boundaries that they have, as far as they can do more then; the worst first. */
  readonly unbounded: readonly Principal[];
  /** Principals with another version of a policy that binds them, as far as they can do more then; the worst first. */
  readonly switched: readonly Switched[];
  readonly groups: readonly Group[];
  /** The customer managed policies of the account. */
  readonly policies: readonly PolicySource[];
  /** Those of some policies that let who has them do something, the worst first. */
  readonly worstFirst: (policies: readonly PolicySource[]) => readonly PolicySource[];
  /** One object for principals that can do the same, as far as that is plain. */
  readonly kindOf: (as: Principal) => object;
}

/** Works out what principals can come to by way of IAM and of services that roles are handed to. */
export class Indirections {
  readonly #takers: Takers;
  readonly #rows: Rows;
  readonly #versions: PolicyVersions;
  readonly #exchanges: Exchanges;
  readonly #groups: Groups;
  readonly #gains = new WeakMap<Taker, Gains>();
  /** One list for all that have the same policies, so that work about it is shared. */
  readonly #withEverything = new WeakMap<readonly PolicySource[], readonly PolicySource[]>();

  /** @param now no session began before its policies were read, and time does not go back */
  constructor(admissions: Admissions, reach: Reach, surroundings: Surroundings, now: Date) {
    const time = now.toISOString();
    this.#takers = new Takers(admissions, reach.callers, {
      'aws:CurrentTime': time,
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:TokenIssueTime': time,
    });
    const { targets, unbounded, switched, versions, all } = surroundings;
    this.#versions = versions;
    const attachments = new Attachments(surroundings.policies, surroundings.worstFirst);
    this.#groups = new Groups(surroundings.groups);
    this.#exchanges = new Exchanges(surroundings, attachments, this.#groups);
    const rank = new Map(targets.map(({ arn }, index) => [arn, index]));
    const rankOf = ({ arn, boundary }: Principal) =>
      (boundary === undefined ? 0 : all.length) + (rank.get(arn) ?? all.length - 1);
    const leading = {
      asTheyAre: new Targets(targets, reach),
      unbounded: new Targets(unbounded, reach),
      switched: new Targets(switched, reach),
      anybody: new Targets(
        [...all].sort((a, b) => rankOf(a) - rankOf(b)),
        reach,
      ),
      boundaries: surroundings.boundaries,
      attachments,
      groups: this.#groups,
    };
    this.#rows = new Rows(leading, surroundings.kindOf);
  }

  /** Whether a principal may come to anything at all, cheaply. */
  static mayEscalate({ policies, serviceLinked }: Principal): boolean {
    return !serviceLinked && policies.some(({ text }) => MAY_ESCALATE.test(text));
  }

  /**
   * What a principal can come to act as: itself with more, or with other policies, others, new ones. The shortest way to
   * each.
   */
  of(principal: Principal): Indirects {
    const self = this.#grown(principal);
    const grown = self.steps.length > 0 ? { grown: self } : {};
    const taker = this.#takers.of(self.as);
    if (taker === undefined) return { ...nothing, ...grown };
    return {
      ...grown,
      others: this.#gainsOf(taker).of(self.as),
      exchanged: () => this.#afterExchange(self, taker),
      unknown: () =>
        this.#versions.unreadable.flatMap((version) => switchingStep(switching, taker.leave, version) ?? []),
    };
  }

  #gainsOf(taker: Taker): Gains {
    const gains = this.#gains.get(taker) ?? new Gains(taker, this.#rows);
    this.#gains.set(taker, gains);
    return gains;
  }

  /** What a principal comes to once it has exchanged policies. */
  #afterExchange(before: Indirect, taker: Taker): readonly Indirect[] {
    return this.#exchanges.of(before.as, taker).flatMap(({ steps, as }) => {
      const grown = this.#grown(as);
      const self = { steps: [...before.steps, ...steps, ...grown.steps], as: grown.as };
      const then = this.#takers.of(self.as);
      if (then === undefined) return [self];
      const others = this.#gainsOf(then).of(self.as);
      return [self, ...others.map((one) => after(self.steps, one))];
    });
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
      const step =
        as && growthStep(growth, taker.leave, principal, (name) => this.#groups.arnOf(name, principal));
      if (as !== undefined && step !== undefined) return { step, as };
    }
    return undefined;
  }

  /** A principal after a row that gives it more; undefined where it gives nothing that is not there. */
  #grownBy({ leads }: Growth, principal: Principal): Principal | undefined {
    const { boundary, ...unbounded } = principal;
    if (leads === 'unbounded') return boundary && unbounded;
    if (hasAnything(principal)) return undefined;
    const { policies } = principal;
    const more = this.#withEverything.get(policies) ?? [...policies, everything];
    this.#withEverything.set(policies, more);
    return { ...principal, policies: more };
  }
}

/** What is come to after some steps more. */
function after(steps: readonly Step[], { next, ...one }: Indirect): Indirect {
  const later = () => {
    const other = next?.();
    return other && after(steps, other);
  };
  return { ...one, steps: [...steps, ...one.steps], ...(next && { next: later }) };
}
