/** What principals can exchange of what binds them, for what is there in the account and what AWS publishes. */
import type { PolicySource } from '@permission-check/iam-policy';
import type { Group, Principal } from '#lib/account/types.ts';
import { hasAnything } from './afterwards.ts';
import type { Attachments } from './attachments.ts';
import {
  attachingStep,
  joiningStep,
  type Removable,
  reboundingStep,
  switchingStep,
  taggingStep,
  undenyingStep,
} from './escalation-steps.ts';
import { attachToGroup, type Growth } from './escalations.ts';
import type { Groups } from './groups.ts';
import type { Leave } from './leave.ts';
import { tagValuesOf, wishedTags } from './own-tags.ts';
import type { PolicyVersions } from './policy-versions.ts';
import type { Step } from './steps.ts';
import type { Taker } from './takers.ts';

/** What there is in an account to have in the place of something else. */
export interface Exchangeable {
  readonly versions: PolicyVersions;
  /** Everybody. */
  readonly all: readonly Principal[];
  /** Policies that could be boundaries, those that leave most first. */
  readonly boundaries: () => readonly PolicySource[];
}

/** Steps of a principal, one after another, and what it is then. */
export interface Stepped {
  readonly steps: readonly Step[];
  readonly as: Principal;
}

/** Works out what principals are with other policies, groups, tags or another boundary than they have. */
export class Exchanges {
  readonly #groups: Groups;
  readonly #attachments: Attachments;
  readonly #boundaries: Exchangeable['boundaries'];
  readonly #versions: PolicyVersions;
  readonly #all: readonly Principal[];
  #tagValues: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor({ boundaries, versions, all }: Exchangeable, attachments: Attachments, groups: Groups) {
    this.#groups = groups;
    this.#attachments = attachments;
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
                steps: [undenied.step],
                as: { ...principal, policies: without(principal.policies, undenied.gone) },
              },
            ];
      }
      if (row.leads === 'switched') return this.#switched(row, leave, principal);
      if (row.leads === 'rebounded') return this.#rebounded(row, leave, principal);
      // Whoever may write whatever it likes needs no group.
      if (hasAnything(principal)) return [];
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
      return step === undefined ? [] : [{ steps: [step], as: { ...principal, boundary } }];
    });
  }

  /** What a principal is with one more policy, of AWS's or of the account's, as far as it may attach that. */
  #attached(row: Growth, leave: Leave, principal: Principal): readonly Stepped[] {
    const has = new Set(principal.policies.map(({ arn }) => arn));
    const actions = row.needs.flatMap((need) => need.actions);
    const all = actions.flatMap((action) => this.#attachments.toOneself(leave, action));
    return distinct(
      all.filter(({ policy }) => !has.has(policy.arn)),
      ({ policy }) => policy.text,
      (one) => {
        const step = attachingStep(row, leave, principal, one, (name) => this.#groups.arnOf(name, principal));
        return step && { steps: [step], as: { ...principal, policies: [...principal.policies, one.policy] } };
      },
    );
  }

  /** What a user is in one more group, as far as he may join it, and with what he may attach to that. */
  #joined(row: Growth, leave: Leave, principal: Principal): readonly Stepped[] {
    const joinable = this.#joinable(principal, leave);
    const joined = distinct(
      [...joinable],
      ([, gives]) => gives,
      ([group]) => {
        const arn = this.#groups.arnOf(group.name, principal);
        const step = joiningStep(row, leave, { name: group.name, arn });
        const policies = [...principal.policies, ...group.policies];
        const groups = [...principal.groups, group.name];
        return step && { steps: [step], as: { ...principal, groups, policies } };
      },
    );
    if (!leave.asksPolicy(ATTACH_TO_GROUP)) return joined;
    return joined.flatMap((one) => {
      const attached = this.#attached(attachToGroup, leave, one.as);
      return [one, ...attached.map(({ steps, as }) => ({ steps: [...one.steps, ...steps], as }))];
    });
  }

  /** The groups that are worth joining, each with a text for what it gives: what it has, or what one may give it. */
  #joinable(principal: Principal, leave: Leave): ReadonlyMap<Group, string> {
    const worth = new Set(this.#groups.worthHaving);
    const asks = leave.asksPolicy(ATTACH_TO_GROUP);
    const found = new Map<Group, string>();
    for (const group of this.#groups.all()) {
      if (principal.groups.includes(group.name)) continue;
      const arn = this.#groups.arnOf(group.name, principal);
      if (WRITE_GROUP.some((action) => leave.by(action, arn) !== undefined)) found.set(group, 'anything');
      else if (asks) found.set(group, arn);
      else if (worth.has(group)) found.set(group, JSON.stringify(group.policies.map(({ text }) => text)));
    }
    return found;
  }

  #switched(row: Growth, leave: Leave, principal: Principal): readonly Stepped[] {
    return [...this.#versions.switchesOf(principal)].flatMap((as): Stepped[] => {
      const step = switchingStep(row, leave, as.switchedTo);
      return step === undefined ? [] : [{ steps: [step], as }];
    });
  }

  /** The values that a tag has in the account. */
  #valuesOf(tag: string): Iterable<string> {
    this.#tagValues ??= tagValuesOf(this.#all);
    return this.#tagValues.get(tag) ?? new Set();
  }

  #denying(principal: Principal): readonly Removable[] {
    const denying = principal.policies.filter(({ text }) => text.includes('"Deny"'));
    const groups = new Set(denying.flatMap(({ group }) => group ?? []));
    return [
      ...denying.filter(({ group }) => group === undefined).map((policy) => ({ policy })),
      ...[...groups].map((name) => ({ group: { name, arn: this.#groups.arnOf(name, principal) } })),
    ];
  }
}

const ATTACH_TO_GROUP = 'iam:AttachGroupPolicy';
const WRITE_GROUP = ['iam:PutGroupPolicy', ATTACH_TO_GROUP];

/** What a principal is with the tags that its policies ask for, as far as it may give itself these. */
function tagged(
  row: Growth,
  leave: Leave,
  principal: Principal,
  valuesOf: (tag: string) => Iterable<string>,
): readonly Stepped[] {
  return wishedTags(principal, valuesOf).flatMap((tags): Stepped[] => {
    const step = taggingStep(row, leave, principal, tags);
    return step === undefined
      ? []
      : [{ steps: [step], as: { ...principal, tags: { ...principal.tags, ...tags } } }];
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
