import type { PolicySource } from '@permission-check/iam-policy';
import type { Group, Principal } from '#lib/account/types.ts';
import type { Admissions } from './admission.ts';
import { attachablePolicies } from './attachable.ts';
import {
  attachingStep,
  growthStep,
  joiningStep,
  type Removable,
  reboundingStep,
  type Step,
  switchingStep,
  taggingStep,
  undenyingStep,
} from './escalation-steps.ts';
import { type Growth, switching } from './escalations.ts';
import { type AllTargets, everything, Gains, type Indirect } from './gains.ts';
import { tagValuesOf, wishedTags } from './own-tags.ts';
import type { PolicyVersions, Switched } from './policy-versions.ts';
import type { Reach } from './reach.ts';
import { type Taker, Takers } from './takers.ts';
import { Targets } from './targets.ts';

export type { Indirect } from './gains.ts';

/** A cheap look before anything is compiled: false is certain. */
const MAY_ESCALATE = /iam:|NotAction|\\u|"[*?]|"i[*?am]*[*?]/i;
/** What a policy must name to be worth having: Rekognition, or a way to more. */
const WORTH_HAVING = /rekognition|iam:|sts:|NotAction|\\u|[*?]/i;

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
export interface Surroundings {
  /** The principals that are worth getting at, those that can do the worst first. */
  readonly targets: readonly Principal[];
  /** Roles without the boundaries that they have, as far as they can do more then; the worst first. */
  readonly unbounded: readonly Principal[];
  /** Principals with another version of a policy that binds them, as far as they can do more then; the worst first. */
  readonly switched: readonly Switched[];
  readonly versions: PolicyVersions;
  /** Everybody. */
  readonly all: readonly Principal[];
  readonly groups: readonly Group[];
  /** The customer managed policies of the account. */
  readonly policies: readonly PolicySource[];
  /** Policies that could be boundaries, those that leave most first. */
  readonly boundaries: () => readonly PolicySource[];
  /** One object for principals that can do the same, as far as that is plain. */
  readonly kindOf: (as: Principal) => object;
}

/** A step of a principal, and what it is then. */
interface Stepped {
  readonly step: Step;
  readonly as: Principal;
}

/** Works out what principals can come to by way of IAM and of services that roles are handed to. */
export class Indirections {
  readonly #takers: Takers;
  readonly #targets: AllTargets;
  readonly #kindOf: Surroundings['kindOf'];
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #attachable: readonly PolicySource[];
  readonly #versions: PolicyVersions;
  readonly #all: readonly Principal[];
  readonly #tagValues = new Map<string, ReadonlySet<string>>();
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
    const { targets, unbounded, switched, versions, all, groups, policies } = surroundings;
    this.#kindOf = surroundings.kindOf;
    this.#versions = versions;
    this.#all = all;
    const rank = new Map(targets.map(({ arn }, index) => [arn, index]));
    const rankOf = ({ arn, boundary }: Principal) =>
      (boundary === undefined ? 0 : all.length) + (rank.get(arn) ?? all.length - 1);
    this.#targets = {
      asTheyAre: new Targets(targets, reach),
      unbounded: new Targets(unbounded, reach),
      switched: new Targets(switched, reach),
      anybody: new Targets(
        [...all].sort((a, b) => rankOf(a) - rankOf(b)),
        reach,
      ),
      boundaries: surroundings.boundaries,
    };
    this.#groups = new Map(groups.map((group) => [group.name, group]));
    this.#attachable = policies.filter(({ text }) => WORTH_HAVING.test(text));
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
    const gains = this.#gains.get(taker) ?? new Gains(taker, this.#targets, this.#kindOf);
    this.#gains.set(taker, gains);
    return gains;
  }

  /** What a principal comes to once it has exchanged policies. */
  #afterExchange(before: Indirect, taker: Taker): readonly Indirect[] {
    return this.#exchanged(before.as, taker).flatMap(({ step, as }) => {
      const grown = this.#grown(as);
      const self = { steps: [...before.steps, step, ...grown.steps], as: grown.as };
      const then = this.#takers.of(self.as);
      if (then === undefined) return [self];
      const others = this.#gainsOf(then).of(self.as);
      return [self, ...others.map((one) => after(self.steps, one))];
    });
  }

  /** What a principal is with other policies than it has: a group's beside its own, or without those that deny. */
  #exchanged(principal: Principal, { leave, exchanges }: Taker): readonly Stepped[] {
    return exchanges.flatMap((row): readonly Stepped[] => {
      if (row.leads === 'undenied') {
        const undenied = undenyingStep(row, leave, principal, this.#denying(principal));
        return undenied === undefined
          ? []
          : [
              {
                step: undenied.step,
                as: { ...principal, policies: without(principal.policies, undenied.gone) },
              },
            ];
      }
      if (row.leads === 'switched') return this.#switched(row, leave, principal);
      if (row.leads === 'rebounded') return this.#rebounded(row, leave, principal);
      // Whoever may write whatever it likes needs no group.
      if (principal.policies.includes(everything)) return [];
      if (row.leads === 'tagged') return tagged(row, leave, principal, (tag) => this.#valuesOf(tag));
      return row.leads === 'attached'
        ? this.#attached(row, leave, principal)
        : this.#joined(row, leave, principal);
    });
  }

  /** What a principal is within another boundary than it has. */
  #rebounded(row: Growth, leave: Taker['leave'], principal: Principal): readonly Stepped[] {
    const asks = row.needs.some(({ actions }) => actions.some((action) => leave.asksBoundary(action)));
    if (principal.boundary === undefined || !asks) return [];
    return this.#targets.boundaries().flatMap((boundary): Stepped[] => {
      const step = reboundingStep(row, leave, principal, boundary);
      return step === undefined ? [] : [{ step, as: { ...principal, boundary } }];
    });
  }

  /** What a principal is with one more policy, of AWS's or of the account's, as far as it may attach that. */
  #attached(row: Growth, leave: Taker['leave'], principal: Principal): readonly Stepped[] {
    const has = new Set(principal.policies.map(({ arn }) => arn));
    const all = [
      ...attachablePolicies(principal.arn),
      ...this.#attachable.filter(({ arn }) => !has.has(arn)),
    ];
    return distinct(
      all,
      ({ text }) => text,
      (policy) => {
        const step = attachingStep(row, leave, principal, policy);
        return step && { step, as: { ...principal, policies: [...principal.policies, policy] } };
      },
    );
  }

  /** What a user is in one more group, as far as he may join it. */
  #joined(row: Growth, leave: Taker['leave'], principal: Principal): readonly Stepped[] {
    const textsOf = ({ policies }: Group) => JSON.stringify(policies.map(({ text }) => text));
    return distinct(this.#joinable(principal), textsOf, (group) => {
      const step = joiningStep(row, leave, { name: group.name, arn: this.#arnOf(group.name, principal) });
      const policies = [...principal.policies, ...group.policies];
      return step && { step, as: { ...principal, groups: [...principal.groups, group.name], policies } };
    });
  }

  #switched(row: Growth, leave: Taker['leave'], principal: Principal): readonly Stepped[] {
    return [...this.#versions.switchesOf(principal)].flatMap((as): Stepped[] => {
      const step = switchingStep(row, leave, as.switchedTo);
      return step === undefined ? [] : [{ step, as }];
    });
  }

  /** The values that a tag has in the account. */
  #valuesOf(tag: string): Iterable<string> {
    const values = this.#tagValues.get(tag) ?? tagValuesOf(this.#all, tag);
    this.#tagValues.set(tag, values);
    return values;
  }

  #joinable({ groups }: Principal): readonly Group[] {
    return [...this.#groups.values()].filter(
      ({ name, policies }) => !groups.includes(name) && policies.some(({ text }) => WORTH_HAVING.test(text)),
    );
  }

  #denying(principal: Principal): readonly Removable[] {
    const denying = principal.policies.filter(({ text }) => text.includes('"Deny"'));
    const groups = new Set(denying.flatMap(({ group }) => group ?? []));
    return [
      ...denying.filter(({ group }) => group === undefined).map((policy) => ({ policy })),
      ...[...groups].map((name) => ({ group: { name, arn: this.#arnOf(name, principal) } })),
    ];
  }

  /** With its path, where that is known. */
  #arnOf(group: string, { arn }: Principal): string {
    return this.#groups.get(group)?.arn ?? arn.replace(/:user\/.*$/, `:group/${group}`);
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
  #growth(principal: Principal): Stepped | undefined {
    const taker = this.#takers.of(principal);
    if (taker === undefined) return undefined;
    for (const growth of taker.growths) {
      const as = this.#grownBy(growth, principal);
      const step = as && growthStep(growth, taker.leave, principal, (name) => this.#arnOf(name, principal));
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

/** What is come to after some steps more. */
function after(steps: readonly Step[], { next, ...one }: Indirect): Indirect {
  const later = () => {
    const other = next?.();
    return other && after(steps, other);
  };
  return { ...one, steps: [...steps, ...one.steps], ...(next && { next: later }) };
}

/** What a principal is with the tags that its policies ask for, as far as it may give itself these. */
function tagged(
  row: Growth,
  leave: Taker['leave'],
  principal: Principal,
  valuesOf: (tag: string) => Iterable<string>,
): readonly Stepped[] {
  return wishedTags(principal, valuesOf).flatMap((tags): Stepped[] => {
    const step = taggingStep(row, leave, principal, tags);
    return step === undefined ? [] : [{ step, as: { ...principal, tags: { ...principal.tags, ...tags } } }];
  });
}

/** The first step of those that give the same: many groups and policies say what others say. */
function distinct<One>(
  all: readonly One[],
  givenBy: (one: One) => string,
  stepTo: (one: One) => Stepped | undefined,
): readonly Stepped[] {
  const found = new Map<string, Stepped>();
  for (const one of all) {
    const given = givenBy(one);
    const step = found.has(given) ? undefined : stepTo(one);
    if (step !== undefined) found.set(given, step);
  }
  return [...found.values()];
}

function without(policies: readonly PolicySource[], gone: readonly Removable[]): readonly PolicySource[] {
  const groups = new Set(gone.flatMap(({ group }) => group?.name ?? []));
  const removed = new Set(gone.map(({ policy }) => policy));
  return policies.filter((one) => !removed.has(one) && (one.group === undefined || !groups.has(one.group)));
}
