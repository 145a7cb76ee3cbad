/** What principals can exchange of what binds them, for what is there in the account and what AWS publishes. */
import type { PolicySource } from '@permission-check/iam-policy';
import type { Group, Principal } from '#lib/account/types.ts';
import { attachablePolicies } from './attachable.ts';
import {
  attachingStep,
  joiningStep,
  type Removable,
  reboundingStep,
  type Step,
  switchingStep,
  taggingStep,
  undenyingStep,
} from './escalation-steps.ts';
import type { Growth } from './escalations.ts';
import { everything } from './gains.ts';
import type { Leave } from './leave.ts';
import { tagValuesOf, wishedTags } from './own-tags.ts';
import type { PolicyVersions } from './policy-versions.ts';
import type { Taker } from './takers.ts';

/** What a policy must name to be worth having: Rekognition, or a way to more. */
const WORTH_HAVING = /rekognition|iam:|sts:|NotAction|\\u|[*?]/i;

/** What there is in an account to have in the place of something else. */
export interface Exchangeable {
  readonly versions: PolicyVersions;
  /** Everybody. */
  readonly all: readonly Principal[];
  readonly groups: readonly Group[];
  /** The customer managed policies of the account. */
  readonly policies: readonly PolicySource[];
  /** Policies that could be boundaries, those that leave most first. */
  readonly boundaries: () => readonly PolicySource[];
}

/** A step of a principal, and what it is then. */
export interface Stepped {
  readonly step: Step;
  readonly as: Principal;
}

/** Works out what principals are with other policies, groups, tags or another boundary than they have. */
export class Exchanges {
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #attachable: readonly PolicySource[];
  readonly #boundaries: Exchangeable['boundaries'];
  readonly #versions: PolicyVersions;
  readonly #all: readonly Principal[];
  readonly #tagValues = new Map<string, ReadonlySet<string>>();

  constructor({ groups, policies, boundaries, versions, all }: Exchangeable) {
    this.#groups = new Map(groups.map((group) => [group.name, group]));
    this.#attachable = policies.filter(({ text }) => WORTH_HAVING.test(text));
    this.#boundaries = boundaries;
    this.#versions = versions;
    this.#all = all;
  }

  /** What a principal is with other policies than it has: a group's beside its own, or without those that deny. */
  of(principal: Principal, { leave, exchanges }: Taker): readonly Stepped[] {
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
  #rebounded(row: Growth, leave: Leave, principal: Principal): readonly Stepped[] {
    const asks = row.needs.some(({ actions }) => actions.some((action) => leave.asksBoundary(action)));
    if (principal.boundary === undefined || !asks) return [];
    return this.#boundaries().flatMap((boundary): Stepped[] => {
      const step = reboundingStep(row, leave, principal, boundary);
      return step === undefined ? [] : [{ step, as: { ...principal, boundary } }];
    });
  }

  /** What a principal is with one more policy, of AWS's or of the account's, as far as it may attach that. */
  #attached(row: Growth, leave: Leave, principal: Principal): readonly Stepped[] {
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
  #joined(row: Growth, leave: Leave, principal: Principal): readonly Stepped[] {
    const textsOf = ({ policies }: Group) => JSON.stringify(policies.map(({ text }) => text));
    return distinct(this.#joinable(principal), textsOf, (group) => {
      const step = joiningStep(row, leave, { name: group.name, arn: this.groupArn(group.name, principal) });
      const policies = [...principal.policies, ...group.policies];
      return step && { step, as: { ...principal, groups: [...principal.groups, group.name], policies } };
    });
  }

  #switched(row: Growth, leave: Leave, principal: Principal): readonly Stepped[] {
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
      ...[...groups].map((name) => ({ group: { name, arn: this.groupArn(name, principal) } })),
    ];
  }

  /** With its path, where that is known. */
  groupArn(group: string, { arn }: Principal): string {
    return this.#groups.get(group)?.arn ?? arn.replace(/:user\/.*$/, `:group/${group}`);
  }
}

/** What a principal is with the tags that its policies ask for, as far as it may give itself these. */
function tagged(
  row: Growth,
  leave: Leave,
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
