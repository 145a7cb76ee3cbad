import type { PolicySource } from '@permission-check/iam-policy';
import { changePolicies } from '#lib/account/apply-change.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Bound } from './bounds.ts';
import {
  byHolder,
  type Declared,
  type DeclaredPrincipal,
  declaredAs,
  displayName,
  displayOf,
  endOf,
  excludes,
  holderKey,
  holderOf,
  isMeant,
  withoutBoundary,
} from './declared.ts';
import { allowAll, PlannedPolicies } from './planned-policies.ts';
import { type PlannedPrincipal, Provenance, sourceKey, UNKNOWN_ACCOUNT } from './planned-principal.ts';
import { plannedTrust } from './planned-trust.ts';
import type { Declaration, Holder, Planned } from './types.ts';
import { hasUnknown, isUnknown, mayBe, unknownsIn } from './unknown.ts';

/** What is declared about one principal. */
interface About {
  readonly declared?: DeclaredPrincipal | undefined;
  readonly removed: readonly Declaration[];
  readonly added: readonly Declaration[];
}

/** What a plan does to each principal, with its unknown parts settled for one bound. */
export class Edits {
  readonly #planned: Planned;
  readonly #bound: Bound;
  readonly #added: Map<string, Declaration[]>;
  readonly #removed: Map<string, Declaration[]>;
  /** Given to somebody whose name is not known. */
  readonly #toSomebody: readonly Declaration[];
  readonly #principals: ReadonlyMap<string, DeclaredPrincipal>;
  readonly #policies: PlannedPolicies;
  readonly #shownOfGroups: ReadonlyMap<string, Declaration[]>;
  readonly #exclusive: readonly (Declared<'only-attached-to'> | Declared<'only-members'>)[];
  readonly #seen = new Set<string>();
  readonly #seenGroups = new Map<string, readonly PolicySource[]>();
  readonly #adopted = new Map<string, string>();

  /**
   * @param step `before` the deployment or `after` it. With an account to put it on, only what changes counts; alone,
   *   all that the plan shows.
   */
  constructor(planned: Planned, step: 'before' | 'after', bound: Bound, hasBase: boolean) {
    this.#planned = planned;
    this.#bound = bound;
    const there = hasBase
      ? step === 'after'
        ? planned.added
        : []
      : [...planned.unchanged, ...(step === 'after' ? planned.added : planned.removed)];
    const principals = new Map<string, DeclaredPrincipal>();
    for (const one of there) if (one.is === 'principal') principals.set(holderKey(one), one);
    this.#principals = principals;
    this.#policies = new PlannedPolicies(bound, there, planned.unchanged);
    this.#shownOfGroups = byHolder(hasBase ? planned.unchanged : [], (_, { kind }) => kind === 'group');
    this.#exclusive = there.filter((one) => one.is === 'only-attached-to' || one.is === 'only-members');
    const toSomebody: Declaration[] = [];
    this.#added = byHolder(there, (one, holder) => {
      const open = hasUnknown(holder.name) && !principals.has(holderKey(holder));
      if (open) toSomebody.push(one);
      return !open;
    });
    this.#toSomebody = toSomebody;
    this.#removed = byHolder(hasBase && step === 'after' ? planned.removed : [], () => true);
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
    for (const [key, declared] of this.#principals) {
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
      ...(this.#removed.get(own) ?? []),
      ...(key === own ? [] : (this.#removed.get(key) ?? [])),
    ];
    const added = [...(this.#added.get(key) ?? []), ...(key === own ? [] : (this.#added.get(own) ?? []))];
    const declared = this.#principals.get(key);
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
    for (const [key, declared] of this.#principals) {
      if (declared.kind === 'group' || this.#seen.has(key) || adopted.has(key)) continue;
      const made = this.#fresh(declared.kind, displayName(declared), declared.path, declared.tags);
      found.push(
        this.#edited(made, {
          declared,
          removed: [],
          added: this.#added.get(key) ?? [],
        }),
      );
    }
    for (const [key, added] of this.#added) {
      const [first] = added;
      const holder = first && holderOf(first);
      if (holder === undefined || holder.kind === 'group') continue;
      if (this.#principals.has(key) || this.#seen.has(key)) continue;
      const made = this.#fresh(holder.kind, holder.name, '/', {});
      found.push({ ...this.#edited(made, { removed: [], added }), partial: true });
    }
    return found;
  }

  #fresh(kind: Principal['kind'], name: string, path: string, tags: Principal['tags']): Principal {
    const { partition, accountId = UNKNOWN_ACCOUNT } = this.#planned;
    return {
      kind,
      arn: `arn:${partition}:iam::${accountId}:${kind}${path}${name}`,
      name,
      path,
      id: '',
      tags,
      groups: [],
      policies: [],
      unreadable: [],
      serviceLinked:
        kind === 'role' && path.startsWith('/aws-service-role/') && name.startsWith('AWSServiceRoleFor'),
    };
  }

  #edited(principal: Principal, about: About): PlannedPrincipal {
    const { declared } = about;
    const from = new Provenance();
    const meant = this.#meant(principal);
    for (const guess of meant) for (const name of unknownsIn(holderOf(guess)?.name)) from.unknown(name, '');
    const added = [...about.added, ...(this.#bound === 'most' ? meant : [])];
    const groups = this.#groups(principal, about.removed, added);
    const own = this.#held(
      principal.policies.filter(({ group }) => group === undefined),
      { removed: about.removed, added },
      from,
      (holder) => isMeant(holder, principal, declared),
    );
    const policies = [...own, ...groups.flatMap((group) => this.#ofGroup(group, principal, from))];
    const boundary =
      declared === undefined
        ? principal.boundary && this.#policies.updated(principal.boundary, from)
        : this.#policies.boundary(declared, from);
    return {
      principal: withEdits(principal, about, { groups, policies, boundary }),
      partial: false,
      unknowns: from.unknowns,
      sources: from.sources,
      ...(declared === undefined ? {} : { source: declared.source, ...this.#trust(declared) }),
    };
  }

  #trust({ trust }: DeclaredPrincipal): Pick<PlannedPrincipal, 'trust'> {
    const { partition, accountId = UNKNOWN_ACCOUNT } = this.#planned;
    const planned = trust === undefined ? undefined : plannedTrust(trust, { partition, accountId });
    return planned === undefined ? {} : { trust: planned };
  }

  /** The policies of a holder after what ends, what begins, and what allows nothing beside it. */
  #held(
    before: readonly PolicySource[],
    { removed, added }: About,
    from: Provenance,
    isHolder: (holder: Holder) => boolean,
    group?: string,
  ): PolicySource[] {
    const changes = [
      ...removed.flatMap(endOf),
      ...added.flatMap((one) => this.#policies.given(one, from, group)),
    ];
    const isExclusive = (policy: PolicySource) =>
      this.#exclusive.some(
        (one) => one.is === 'only-attached-to' && one.policyArn === policy.arn && !one.holders.some(isHolder),
      );
    return changes
      .reduce((policies, change) => changePolicies(policies, change, group), before)
      .filter((policy) => !isExclusive(policy) && !added.some((one) => excludes(one, policy)))
      .flatMap((policy) => this.#policies.updated(policy, from) ?? []);
  }

  /** Declarations that may turn out to be about the principal. */
  #meant(principal: Holder): Declaration[] {
    return this.#toSomebody.filter((one) => {
      const holder = holderOf(one);
      return holder?.kind === principal.kind && mayBe(holder.name)(principal.name);
    });
  }

  #groups(
    principal: Principal,
    removed: readonly Declaration[],
    added: readonly Declaration[],
  ): readonly string[] {
    if (principal.kind !== 'user') return principal.groups;
    const left = removed.flatMap((one) => (one.is === 'membership' ? [one.group] : []));
    const joined = added.flatMap((one) => (one.is === 'membership' ? [one.group] : []));
    const groups = [...new Set([...principal.groups.filter((group) => !left.includes(group)), ...joined])];
    const kept = groups.filter((group) =>
      this.#exclusive.every(
        (one) => one.is !== 'only-members' || one.group !== group || one.users.includes(principal.name),
      ),
    );
    return kept.length === principal.groups.length && joined.length === 0 ? principal.groups : kept;
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
    const guesses = this.#bound === 'most' ? this.#meant({ kind: 'group', name }) : [];
    const shown = isSeen ? [] : (this.#shownOfGroups.get(key) ?? []);
    const about: About = {
      removed: this.#removed.get(key) ?? [],
      added: [...shown, ...(this.#added.get(key) ?? []), ...guesses],
    };
    const held = this.#held(before, about, from, (holder) => holderKey(holder) === key, group);
    if (isSeen || this.#principals.has(key) || shown.length > 0) return held;
    const anything: PolicySource = { name: `group ${group}`, type: 'inline', group, text: allowAll };
    from.unknown(`the policies of group ${group}`, sourceKey(anything));
    return this.#bound === 'most' ? [...held, anything] : held;
  }
}

/** The principal with what a plan makes of it; the very same where that is nothing. */
function withEdits(
  principal: Principal,
  { declared, removed }: About,
  edited: Pick<Principal, 'groups' | 'policies'> & { readonly boundary: PolicySource | undefined },
): Principal {
  const { groups, policies, boundary } = edited;
  const isSame =
    boundary === principal.boundary &&
    policies.length === principal.policies.length &&
    policies.every((policy, index) => policy === principal.policies[index]);
  if (isSame && declared === undefined && removed.length === 0) return principal;
  const lost = removed.flatMap((one) =>
    one.is === 'attachment' ? [`managed policy ${one.policyArn}:`] : [],
  );
  return {
    ...(declared === undefined ? withoutBoundary(principal) : declaredAs(principal, declared)),
    groups,
    policies: isSame ? principal.policies : policies,
    ...(boundary === undefined ? {} : { boundary }),
    unreadable: principal.unreadable.filter((what) => !lost.some((start) => what.startsWith(start))),
  };
}
