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
import { type Indirect, RowGains } from './row-gains.ts';
import type { Targets } from './targets.ts';

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
