import type { PolicySource } from '@permission-check/iam-policy';
import { changePolicies } from '#lib/account/apply-change.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import type { Bound } from './bounds.ts';
import {
  allOf,
  anyOf,
  asFarAs,
  type DeclaredPrincipal,
  displayName,
  displayOf,
  endOf,
  holderKey,
  holderOf,
  isMeant,
  knownPath,
  perhapsGiven,
  type Stays,
  staysBeside,
  withEdits,
  withoutBoundary,
} from './declared.ts';
import { DeclaredIndex } from './declared-index.ts';
import { withOpenFacts } from './open-facts.ts';
import { openFactsOf } from './open-principal.ts';
import { allowAll, PlannedPolicies } from './planned-policies.ts';
import {
  declaredTrust,
  freshPrincipal,
  type PlannedPrincipal,
  Provenance,
  sourceKey,
  UNKNOWN_ACCOUNT,
} from './planned-principal.ts';
import type { Declaration, Holder, Planned } from './types.ts';
import { hasUnknown, isUnknown, mayBe, unknownsIn } from './unknown.ts';

/** What is declared about one principal. */
interface About {
  readonly declared?: DeclaredPrincipal | undefined;
  readonly removed: readonly Declaration[];
  readonly added: readonly Declaration[];
  /** What may turn out to be about it. */
  readonly perhaps: readonly Declaration[];
}

/** What a plan does to each principal, with its unknown parts settled for one bound. */
export class Edits {
  readonly #planned: Planned;
  readonly #bound: Bound;
  readonly #guardrails: Guardrails | undefined;
  readonly #declared: DeclaredIndex;
  readonly #policies: PlannedPolicies;
  readonly #seen = new Set<string>();
  readonly #seenGroups = new Map<string, readonly PolicySource[]>();
  readonly #adopted = new Map<string, string>();

  /**
   * @param step `before` the deployment or `after` it. With an account to put it on, only what changes counts; alone,
   *   all that the plan shows.
   * @param guardrails what stands above everybody
   */
  constructor(
    planned: Planned,
    step: 'before' | 'after',
    bound: Bound,
    hasBase: boolean,
    guardrails?: Guardrails,
  ) {
    this.#planned = planned;
    this.#bound = bound;
    this.#guardrails = guardrails;
    this.#declared = new DeclaredIndex(planned, step, hasBase);
    this.#policies = new PlannedPolicies(bound, this.#declared.there, planned.unchanged);
  }

  /** Takes note of a principal of the account: of its policies, and of those of its groups. */
  see(principal: Principal): void {
    this.#seen.add(holderKey(principal));
    this.#policies.see(principal);
    for (const group of principal.groups) {
      if (this.#seenGroups.has(group)) continue;
      this.#seenGroups.set(
        group,
        principal.policies.filter((policy) => policy.group === group),
      );
    }
    for (const [key, declared] of this.#declared.principals) {
      // A stack that exists has given its role the rest of the name.
      const generated = declared.kind === principal.kind && !declared.isNew && hasUnknown(declared.name);
      if (generated && !isUnknown(declared.name) && mayBe(declared.name)(principal.name)) {
        this.#adopted.set(holderKey(principal), key);
      }
    }
  }

  /** A principal of the account as the plan leaves it; undefined when it is gone. */
  existing(principal: Principal): PlannedPrincipal | undefined {
    const own = holderKey(principal);
    const key = this.#adopted.get(own) ?? own;
    const removed = [
      ...(this.#declared.removed.get(own) ?? []),
      ...(key === own ? [] : (this.#declared.removed.get(key) ?? [])),
    ];
    const added = [
      ...(this.#declared.added.get(key) ?? []),
      ...(key === own ? [] : (this.#declared.added.get(own) ?? [])),
    ];
    const declared = this.#declared.principals.get(key);
    const ended = removed.some(({ is }) => is === 'principal') && declared?.isNew !== false;
    if (ended && declared === undefined) return undefined;
    const start: Principal = ended
      ? { ...withoutBoundary(principal), policies: [], groups: [], unreadable: [] }
      : principal;
    return this.#edited(start, { declared, removed, added });
  }

  /** Principals that the account does not have, or all where there is no account. */
  others(): PlannedPrincipal[] {
    const adopted = new Set(this.#adopted.values());
    const found: PlannedPrincipal[] = [];
    for (const [key, declared] of this.#declared.principals) {
      if (declared.kind === 'group' || this.#seen.has(key) || adopted.has(key)) continue;
      const made = freshPrincipal(
        this.#planned,
        declared.kind,
        displayName(declared),
        knownPath(declared),
        declared.tags,
      );
      found.push(
        this.#edited(made, {
          declared,
          removed: [],
          added: this.#declared.added.get(key) ?? [],
        }),
      );
    }
    for (const [key, added] of this.#declared.added) {
      const [first] = added;
      const holder = first && holderOf(first);
      if (holder === undefined || holder.kind === 'group') continue;
      if (this.#declared.principals.has(key) || this.#seen.has(key)) continue;
      const made = freshPrincipal(this.#planned, holder.kind, holder.name, '/', {});
      found.push(this.#edited(made, { removed: [], added }, true));
    }
    return found;
  }

  /** @param partial only the plan speaks of it, and not as something that it makes */
  #edited(principal: Principal, about: Omit<About, 'perhaps'>, partial = false): PlannedPrincipal {
    const { declared } = about;
    const from = new Provenance();
    const whole: About = { ...about, perhaps: this.#declared.perhapsOf(principal) };
    for (const guess of whole.perhaps)
      for (const name of unknownsIn(holderOf(guess)?.name)) from.unknown(name, '');
    const groups = this.#groups(principal, whole, from);
    const own = this.#held(
      principal.policies.filter(({ group }) => group === undefined),
      whole,
      from,
      (holder) => isMeant(holder, principal, declared),
    );
    const ofGroups = groups.flatMap(({ name, stays }) =>
      this.#ofGroup(name, principal, from).flatMap((policy) => asFarAs(stays, policy, this.#bound)),
    );
    const boundary =
      declared === undefined
        ? principal.boundary && this.#policies.updated(principal.boundary, from)
        : this.#policies.boundary(declared, from);
    const names = groups.flatMap(({ name, stays }) =>
      stays === 'yes' || this.#bound === 'most' ? [name] : [],
    );
    const edited = withEdits(principal, about, {
      groups: String(names) === String(principal.groups) ? principal.groups : names,
      policies: [...own, ...ofGroups],
      boundary,
    });
    const { trust, source } = declared ?? {};
    const open = this.#open(principal, whole, partial);
    const known = open === undefined ? edited : { ...edited, open };
    return {
      principal: withOpenFacts(known, this.#bound, from, this.#guardrails),
      partial,
      unknowns: from.unknowns,
      sources: from.sources,
      ...(source !== undefined && { source, ...declaredTrust(trust, this.#planned) }),
    };
  }

  /** What is not known of somebody, where policies or expectations may ask for it. */
  #open(principal: Principal, { declared, added, perhaps }: About, partial: boolean) {
    const { accountId = UNKNOWN_ACCOUNT } = this.#planned;
    return openFactsOf(principal, {
      declared,
      given: [...added, ...perhaps],
      partial,
      anyAccount: accountId === UNKNOWN_ACCOUNT,
      isDeclared: (policyArn) => this.#policies.isDeclared(policyArn),
      isTaken: (name) =>
        [this.#seen, this.#declared.principals].some((one) => one.has(`${principal.kind}/${name}`)),
    });
  }

  /** The policies of a holder after what ends, what begins, and what allows nothing beside it. */
  #held(
    before: readonly PolicySource[],
    { removed, added, perhaps }: About,
    from: Provenance,
    isHolder: (holder: Holder) => Stays,
    group?: string,
  ): PolicySource[] {
    const given = (one: Declaration) => this.#policies.given(one, from, group);
    const changes = [
      ...removed.flatMap(endOf),
      ...added.flatMap(given),
      ...perhaps.flatMap(given).flatMap((change) => perhapsGiven(change, this.#bound)),
    ];
    const stays = (policy: PolicySource): Stays => {
      const doubts: Declaration[] = [];
      const answers = [...added, ...perhaps, ...this.#declared.exclusive].map((one): Stays => {
        const answer =
          one.is === 'only-attached-to' && one.policyArn === policy.arn
            ? anyOf(one.holders.map(isHolder))
            : staysBeside(one, policy);
        // It may be about somebody else.
        const own = answer === 'no' && perhaps.includes(one) ? 'maybe' : answer;
        if (own === 'maybe') doubts.push(one);
        return own;
      });
      for (const name of unknownsIn(doubts)) from.unknown(name, '');
      return allOf(answers);
    };
    return changes
      .reduce((policies, change) => changePolicies(policies, change, group), before)
      .flatMap((policy) => asFarAs(stays(policy), policy, this.#bound))
      .flatMap((policy) => this.#policies.updated(policy, from) ?? []);
  }

  /** The groups that a user is in, or may be in. */
  #groups(principal: Principal, { declared, removed, added, perhaps }: About, from: Provenance) {
    if (principal.kind !== 'user') return [];
    const left = removed.flatMap((one) => (one.is === 'membership' ? [one.group] : []));
    const joinedBy = (some: readonly Declaration[]) =>
      some.flatMap((one) => (one.is === 'membership' ? [one.group] : []));
    const certain = [...principal.groups.filter((group) => !left.includes(group)), ...joinedBy(added)];
    return [...new Set([...certain, ...joinedBy(perhaps)])].flatMap(
      (name): { readonly name: string; readonly stays: Stays }[] => {
        const lists = this.#declared.exclusive.flatMap((one) =>
          one.is === 'only-members' && one.group === name ? [one.users] : [],
        );
        const member = lists.map((users) =>
          anyOf(users.map((user) => isMeant({ kind: 'user', name: user }, principal, declared))),
        );
        const stays = allOf([certain.includes(name) ? 'yes' : 'maybe', ...member]);
        if (stays === 'maybe') for (const unknown of unknownsIn(lists)) from.unknown(unknown, '');
        return stays === 'no' ? [] : [{ name, stays }];
      },
    );
  }

  /** The policies of a group as the plan leaves it. @param before what it has in the account */
  group(name: string, before: readonly PolicySource[]): readonly PolicySource[] {
    return this.#heldByGroup(name, before, [], new Provenance());
  }

  #heldByGroup(
    name: string,
    before: readonly PolicySource[],
    shown: readonly Declaration[],
    from: Provenance,
  ): PolicySource[] {
    const [key, group] = [`group/${name}`, displayOf(name)];
    const about: About = {
      removed: this.#declared.removed.get(key) ?? [],
      added: [...shown, ...(this.#declared.added.get(key) ?? [])],
      perhaps: this.#declared.perhapsOf({ kind: 'group', name }),
    };
    const isHolder = (holder: Holder) => isMeant(holder, { kind: 'group', name: group }, undefined);
    return this.#held(before, about, from, isHolder, group);
  }

  /** The policies that a user has through a group. */
  #ofGroup(name: string, user: Principal, from: Provenance): PolicySource[] {
    const key = `group/${name}`;
    const group = displayOf(name);
    const isOwn = user.groups.includes(name);
    const isSeen = this.#seenGroups.has(name) || isOwn;
    const before = isOwn
      ? user.policies.filter((policy) => policy.group === name)
      : (this.#seenGroups.get(name) ?? []);
    const shown = isSeen ? [] : (this.#declared.shownOfGroups.get(key) ?? []);
    const held = this.#heldByGroup(name, before, shown, from);
    if (isSeen || this.#declared.principals.has(key) || shown.length > 0) return held;
    const anything: PolicySource = { name: `group ${group}`, type: 'inline', group, text: allowAll };
    from.unknown(`the policies of group ${group}`, sourceKey(anything));
    return this.#bound === 'most' ? [...held, anything] : held;
  }
}
