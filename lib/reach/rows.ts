/** What rows of the escalation table lead to, worked out once for all who may take them by the same statements. */
import { type PolicySource, RecentMap } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { isWithAnything } from './afterwards.ts';
import type { Attachments } from './attachments.ts';
import type { Getting } from './escalations.ts';
import type { Groups } from './groups.ts';
import { after, type Grown } from './growing.ts';
import { type Leading, leadsOf } from './leads.ts';
import type { Leave } from './leave.ts';
import type { Step } from './steps.ts';
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
  readonly attachments: Pick<Attachments, 'toOthers'>;
  readonly groups: Groups;
  /** One object for principals that come to the same, as far as that is plain; absent: for those that can do the same. */
  readonly comesTo?: (as: Principal) => object;
}

/** What somebody comes to as whom he has got at, beyond what that one can do as it is; undefined: nothing. */
export type Follow = (as: Principal) => Grown | undefined;

/** Rows, and lists of what they lead to, that are remembered. */
const REMEMBERED = 5_000;

/** Beside what a row needs these decide what it leads to: what is made, joined and tagged on the way. */
const BESIDE = [
  'iam:AddUserToGroup',
  'iam:CreatePolicy',
  'iam:CreatePolicyVersion',
  ...['iam:TagRole', 'iam:UntagRole', 'iam:TagUser', 'iam:UntagUser'],
];

/** The actions that decide what a row leads to. */
export const decidingActions = ({ needs }: Getting): readonly string[] => [
  ...new Set([...needs.flatMap(({ actions }) => actions), ...BESIDE]),
];

/** The rows of an account. */
export class Rows {
  readonly #targets: AllTargets;
  readonly #kindOf: (as: Principal) => object;
  readonly #follow: Follow | undefined;
  readonly #known = new Map<
    Getting,
    { readonly actions: readonly string[]; readonly rows: RecentMap<RowGains> }
  >();
  readonly #numbers = new WeakMap<Indirect, number>();
  readonly #lists = new RecentMap<readonly Indirect[]>(REMEMBERED);
  #numbered = 0;

  /**
   * @param kindOf one object for principals that can do the same, as far as that is plain
   * @param follow what comes after the steps at others; absent: nothing, and others are taken as they are
   */
  constructor(targets: AllTargets, kindOf: (as: Principal) => object, follow?: Follow) {
    this.#targets = targets;
    this.#kindOf = kindOf;
    this.#follow = follow;
  }

  /** @param of somebody of the account */
  of(getting: Getting, leave: Leave, of: Principal): RowGains {
    const known = this.#known.get(getting) ?? {
      actions: decidingActions(getting),
      rows: new RecentMap<RowGains>(REMEMBERED),
    };
    this.#known.set(getting, known);
    return known.rows.getOrCreate(
      leave.keyAbout(known.actions),
      () => new RowGains(() => this.#all(getting, leave, of), this.#kindOf),
    );
  }

  targetsOf({ leads }: Getting): Targets {
    if (leads === 'role-unbounded') return this.#targets.unbounded;
    if (leads === 'role-switched' || leads === 'user-switched') return this.#targets.switched;
    return isWithAnything(leads) || leads === 'user-joined' ? this.#targets.anybody : this.#targets.asTheyAre;
  }

  /** One list for all that get at the same. */
  listOf(all: readonly Indirect[]): readonly Indirect[] {
    return this.#lists.getOrCreate(all.map((one) => this.#numberOf(one)).join(), () => all);
  }

  #numberOf(one: Indirect): number {
    const number = this.#numbers.get(one) ?? ++this.#numbered;
    this.#numbers.set(one, number);
    return number;
  }

  /** What a row leads to, whoever takes it. */
  *#all(getting: Getting, leave: Leave, of: Principal): Iterable<Indirect> {
    const { comesTo: kindOf = this.#kindOf, ...all } = this.#targets;
    const leading = { ...all, targets: this.targetsOf(getting), kindOf };
    if (this.#follow !== undefined)
      return yield* this.#allOnward(this.#follow, getting, leave, { of, leading });
    for (const { step, ...lead } of leadsOf(getting, of, leave, leading)) yield { steps: [step], ...lead };
  }

  /** Of those who lead on, a few for each of what they come to: most lead nowhere, which is known before a step is looked at. */
  *#allOnward(
    follow: Follow,
    getting: Getting,
    leave: Leave,
    { of, leading }: { readonly of: Principal; readonly leading: Leading },
  ): Iterable<Indirect> {
    const counts = new Map<object, number>();
    const countOf = (one: Grown) => counts.get(this.#kindOf(one.as)) ?? 0;
    const isWorth = (as: Principal) => {
      const then = follow(as);
      return then !== undefined && countOf(then) < FEW;
    };
    for (const { step, ...lead } of leadsOf(getting, of, leave, { ...leading, isWorth })) {
      const then = follow(lead.as);
      if (then === undefined) continue;
      counts.set(this.#kindOf(then.as), countOf(then) + 1);
      yield { ...after({ steps: [step], ...lead }, then), unsorted: true, alike: none };
    }
  }
}

/** One of those who lead to the same may be who asks. */
const FEW = 2;

/** Others do not come to the same as somebody who leads on. */
const none = (): readonly Principal[] => [];

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
