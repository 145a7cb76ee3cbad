import type { PolicySource } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { awsManagedPolicy } from '#lib/catalog/aws-managed-policies.ts';
import { type Bound, boundedDocument } from './bounds.ts';
import type { Declaration, Holder, Planned, PrincipalDeclaration, Source, Value } from './types.ts';
import { asPattern, hasUnknown, isUnknown, mayBe, unknownsIn } from './unknown.ts';

/** A principal of a planned account, with what is known of where it comes from. */
export interface PlannedPrincipal {
  readonly principal: Principal;
  /** Only the plan speaks of it, and not as something that it makes: what else it may do is not seen. */
  readonly partial: boolean;
  /** Names of what is known only after the deployment and bears on it; by `sourceKey` of the policy that has it. */
  readonly unknowns: ReadonlyMap<string, ReadonlySet<string>>;
  /** Where its policies are declared, by `sourceKey`. */
  readonly sources: ReadonlyMap<string, Source>;
  /** Where it is declared itself. */
  readonly source?: Source;
}

/** What tells the policies of one principal apart. */
export function sourceKey({ type, name, arn, group }: PolicySource): string {
  return type === 'inline' ? `inline ${group ?? ''} ${name}` : (arn ?? name);
}

type Declared<Is extends Declaration['is']> = Extract<Declaration, { readonly is: Is }>;
type Principals = Declaration & PrincipalDeclaration;

const allowAll = JSON.stringify(
  { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  null,
  4,
);
const denyAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
});

const holderKey = ({ kind, name }: Holder): string => `${kind}/${name}`;

/** The holder of a policy that a declaration is about; a membership's is the user. */
function holderOf(declaration: Declaration): Holder | undefined {
  switch (declaration.is) {
    case 'principal':
      return declaration;
    case 'inline-policy':
    case 'only-inline-policies':
      return declaration.of;
    case 'attachment':
    case 'only-attachments':
      return declaration.to;
    case 'membership':
      return { kind: 'user', name: declaration.user };
    default:
      return undefined;
  }
}

/** What a plan does to each principal, with its unknown parts settled for one bound. */
export class Edits {
  readonly #planned: Planned;
  readonly #bound: Bound;
  readonly #added: Map<string, Declaration[]>;
  readonly #removed: Map<string, Declaration[]>;
  /** Given to somebody whose name is not known. */
  readonly #toSomebody: readonly Declaration[];
  readonly #principals: ReadonlyMap<string, Principals>;
  readonly #managed: ReadonlyMap<string, Declared<'managed-policy'>>;
  /** What the plan shows of an account without changing it. */
  readonly #shown: ReadonlyMap<string, Declared<'managed-policy'>>;
  readonly #shownOfGroups: ReadonlyMap<string, Declaration[]>;
  readonly #exclusive: readonly (Declared<'only-attached-to'> | Declared<'only-members'>)[];
  readonly #seen = new Set<string>();
  readonly #seenPolicies = new Map<string, PolicySource>();
  readonly #seenGroups = new Map<string, readonly PolicySource[]>();
  readonly #bounded = new Map<Value, string | undefined>();
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
    const principals = new Map<string, Principals>();
    for (const one of there) if (one.is === 'principal') principals.set(holderKey(one), one);
    this.#principals = principals;
    this.#managed = policiesByArn(there);
    this.#shown = policiesByArn([...planned.unchanged, ...there]);
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
    for (const policy of principal.policies) {
      if (policy.arn !== undefined && !this.#seenPolicies.has(policy.arn)) {
        const { group: _, ...own } = policy;
        this.#seenPolicies.set(policy.arn, own);
      }
    }
    if (principal.boundary?.arn !== undefined)
      this.#seenPolicies.set(principal.boundary.arn, principal.boundary);
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

  #edited(
    principal: Principal,
    by: {
      readonly declared?: Principals | undefined;
      readonly removed: readonly Declaration[];
      readonly added: readonly Declaration[];
    },
  ): PlannedPrincipal {
    const { declared } = by;
    const sources = new Map<string, Source>();
    const unknowns = new Map<string, Set<string>>();
    const give = new Giving(sources, unknowns);
    const guesses = this.#bound === 'most' ? this.#meant(principal) : [];
    for (const guess of this.#meant(principal))
      for (const name of unknownsIn(holderOf(guess)?.name)) give.unknown(name, '');
    const added = [...by.added, ...guesses];

    const groups = this.#groups(principal, by.removed, added);
    let policies = principal.policies.filter(
      (policy) => policy.group === undefined && !by.removed.some((one) => takes(one, policy)),
    );
    for (const one of added) {
      if (one.is === 'inline-policy') {
        const policy = this.#inline(one, give);
        policies = policies.filter(({ type, name }) => type !== 'inline' || name !== displayOf(one.name));
        if (policy !== undefined) policies.push(policy);
      } else if (one.is === 'attachment') {
        const policy = this.#attached(one.policyArn, give, one.source);
        if (policy !== undefined && !policies.some(({ arn }) => arn === policy.arn)) policies.push(policy);
      }
    }
    for (const one of added) policies = policies.filter((policy) => !excludes(one, policy));
    for (const one of this.#exclusive) {
      if (
        one.is === 'only-attached-to' &&
        !one.holders.some((holder) => isMeant(holder, principal, declared))
      ) {
        policies = policies.filter(({ arn }) => arn !== one.policyArn);
      }
    }
    policies = [
      ...policies.map((policy) => this.#updated(policy, give)),
      ...groups.flatMap((group) => this.#ofGroup(group, principal, give)),
    ].filter((policy) => policy !== undefined);

    const bounded =
      declared === undefined
        ? principal.boundary && this.#updated(principal.boundary, give)
        : this.#boundary(declared, give);
    const lost = by.removed.flatMap((one) =>
      one.is === 'attachment' ? [`managed policy ${one.policyArn}:`] : [],
    );
    const same =
      bounded === principal.boundary &&
      policies.length === principal.policies.length &&
      policies.every((policy, index) => policy === principal.policies[index]);
    return {
      principal:
        same && declared === undefined && by.removed.length === 0
          ? principal
          : {
              ...(declared === undefined ? withoutBoundary(principal) : declaredAs(principal, declared)),
              groups,
              policies: same ? principal.policies : policies,
              ...(bounded === undefined ? {} : { boundary: bounded }),
              unreadable: principal.unreadable.filter(
                (what) => !lost.some((start) => what.startsWith(start)),
              ),
            },
      partial: false,
      unknowns,
      sources,
      ...(declared === undefined ? {} : { source: declared.source }),
    };
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
  #ofGroup(group: string, user: Principal, give: Giving): PolicySource[] {
    const key = `group/${group}`;
    const removed = this.#removed.get(key) ?? [];
    const own = user.groups.includes(group)
      ? user.policies.filter((policy) => policy.group === group)
      : (this.#seenGroups.get(group) ?? []);
    let policies = own.filter((policy) => !removed.some((one) => takes(one, policy)));
    const guesses = this.#bound === 'most' ? this.#meant({ kind: 'group', name: group }) : [];
    const isSeen = this.#seenGroups.has(group) || user.groups.includes(group);
    const shown = isSeen ? [] : (this.#shownOfGroups.get(key) ?? []);
    const added = [...shown, ...(this.#added.get(key) ?? []), ...guesses];
    for (const one of added) {
      const policy =
        one.is === 'inline-policy'
          ? this.#inline(one, give, group)
          : one.is === 'attachment'
            ? this.#attached(one.policyArn, give, one.source, group)
            : undefined;
      if (one.is === 'inline-policy') {
        policies = policies.filter(({ type, name }) => type !== 'inline' || name !== displayOf(one.name));
      }
      if (policy !== undefined && !policies.some(({ arn }) => arn !== undefined && arn === policy.arn)) {
        policies.push({ ...policy, group: displayOf(group) });
      }
    }
    for (const one of added) policies = policies.filter((policy) => !excludes(one, policy));
    for (const one of this.#exclusive) {
      const kept = one.is !== 'only-attached-to' || one.holders.some((holder) => holderKey(holder) === key);
      if (!kept) policies = policies.filter(({ arn }) => arn !== one.policyArn);
    }
    if (!isSeen && !this.#principals.has(key) && shown.length === 0) {
      const policy = { name: `group ${displayOf(group)}`, type: 'inline', group: displayOf(group) } as const;
      give.unknown(`the policies of group ${displayOf(group)}`, sourceKey({ ...policy, text: '' }));
      if (this.#bound === 'most') {
        policies.push({ ...policy, text: allowAll });
      }
    }
    return policies.map((policy) => this.#updated(policy, give)).filter((policy) => policy !== undefined);
  }

  #inline(one: Declared<'inline-policy'>, give: Giving, group?: string): PolicySource | undefined {
    const place: PolicySource = {
      name: displayOf(one.name),
      type: 'inline',
      ...(group === undefined ? {} : { group: displayOf(group) }),
      text: '',
    };
    give.source(place, one.source);
    const text = this.#settled(one.document, give, sourceKey(place));
    return text === undefined ? undefined : { ...place, text };
  }

  /** The policy with an ARN; what nobody knows the text of is anything at most, and nothing at least. */
  #attached(arn: string, give: Giving, source: Source, group?: string): PolicySource | undefined {
    const declared = this.#shown.get(arn);
    const of = group === undefined ? {} : { group: displayOf(group) };
    const place = { name: arn, type: 'customer-managed' as const, arn: displayOf(arn), ...of, text: '' };
    give.source(place, declared?.source ?? source);
    if (declared !== undefined) return this.#declaredPolicy(declared, give);
    const known = hasUnknown(arn)
      ? undefined
      : (this.#seenPolicies.get(arn) ??
        (arnParts(arn).accountId === 'aws' ? awsManagedPolicy(arn) : undefined));
    if (known !== undefined) return known;
    for (const name of unknownsIn(arn)) give.unknown(name, displayOf(arn));
    if (!hasUnknown(arn)) give.unknown(`the text of ${arn}`, arn);
    if (this.#bound === 'least') return undefined;
    return {
      name: displayOf(arn.slice(arn.lastIndexOf('/') + 1)),
      type: 'customer-managed',
      arn: displayOf(arn),
      text: allowAll,
    };
  }

  #declaredPolicy(declared: Declared<'managed-policy'>, give: Giving): PolicySource | undefined {
    const text = this.#settled(declared.document, give, displayOf(declared.arn));
    return text === undefined
      ? undefined
      : { name: displayOf(declared.name), type: 'customer-managed', arn: displayOf(declared.arn), text };
  }

  /** A policy that somebody has, in the text that the plan gives it. */
  #updated(policy: PolicySource, give: Giving): PolicySource | undefined {
    const declared = policy.arn === undefined ? undefined : this.#managed.get(policy.arn);
    if (declared === undefined) return policy;
    give.source(policy, declared.source);
    const text = this.#settled(declared.document, give, displayOf(declared.arn));
    if (text === undefined) return undefined;
    const { versionId: _, ...rest } = policy;
    return text === policy.text ? policy : { ...rest, text };
  }

  /** Without a boundary more is allowed than with any: that is the most where the boundary is not known. */
  #boundary(declared: Principals, give: Giving): PolicySource | undefined {
    if (declared.boundaryArn === undefined) return undefined;
    const arn = declared.boundaryArn;
    const unknown = this.#shown.get(arn) === undefined && (hasUnknown(arn) || !this.#isKnown(arn));
    const policy = unknown && this.#bound === 'most' ? undefined : this.#attached(arn, give, declared.source);
    if (unknown && this.#bound === 'most') {
      for (const name of hasUnknown(arn) ? unknownsIn(arn) : [`the text of ${arn}`]) give.unknown(name, '');
      return undefined;
    }
    return policy ?? { name: displayOf(arn), type: 'customer-managed', arn: displayOf(arn), text: denyAll };
  }

  #isKnown(arn: string): boolean {
    if (this.#seenPolicies.has(arn)) return true;
    return arnParts(arn).accountId === 'aws' && awsManagedPolicy(arn) !== undefined;
  }

  #settled(document: Value, give: Giving, key: string): string | undefined {
    for (const name of unknownsIn(document)) give.unknown(name, key);
    const known = this.#bounded.get(document);
    if (known !== undefined || this.#bounded.has(document)) return known;
    const text = boundedDocument(document, this.#bound);
    this.#bounded.set(document, text);
    return text;
  }
}

/** In whose name principals are asked about where nothing says which account it is. */
export const UNKNOWN_ACCOUNT = '000000000000';

class Giving {
  readonly #sources: Map<string, Source>;
  readonly #unknowns: Map<string, Set<string>>;
  constructor(sources: Map<string, Source>, unknowns: Map<string, Set<string>>) {
    this.#sources = sources;
    this.#unknowns = unknowns;
  }
  source(policy: PolicySource, source: Source): void {
    this.#sources.set(sourceKey(policy), source);
  }
  /** @param key of the policy that has the unknown part; `''`: it decides which policies there are. */
  unknown(name: string, key: string): void {
    const names = this.#unknowns.get(key) ?? new Set();
    this.#unknowns.set(key, names.add(name));
  }
}

const displayOf = (text: string): string => (hasUnknown(text) ? asPattern(text) : text);

function displayName({ name, alias }: PrincipalDeclaration): string {
  return isUnknown(name) ? alias : displayOf(name);
}

function policiesByArn(declarations: readonly Declaration[]): Map<string, Declared<'managed-policy'>> {
  return new Map(declarations.flatMap((one) => (one.is === 'managed-policy' ? [[one.arn, one]] : [])));
}

function byHolder(
  declarations: readonly Declaration[],
  isWanted: (declaration: Declaration, holder: Holder) => boolean,
): Map<string, Declaration[]> {
  const found = new Map<string, Declaration[]>();
  for (const one of declarations) {
    const holder = holderOf(one);
    if (holder === undefined || !isWanted(one, holder)) continue;
    const list = found.get(holderKey(holder)) ?? [];
    found.set(holderKey(holder), list);
    list.push(one);
  }
  return found;
}

/** Whether the end of a declaration takes the policy from its holder. */
function takes(removed: Declaration, policy: PolicySource): boolean {
  if (removed.is === 'inline-policy')
    return policy.type === 'inline' && policy.name === displayOf(removed.name);
  return removed.is === 'attachment' && policy.arn === removed.policyArn;
}

/** Whether a declaration that allows its holder no other policies excludes this one. */
function excludes(declared: Declaration, policy: PolicySource): boolean {
  if (declared.is === 'only-inline-policies') {
    const names = declared.names;
    return (
      policy.type === 'inline' &&
      !names.some((name) => mayBe(name)(policy.name) || displayOf(name) === policy.name)
    );
  }
  if (declared.is !== 'only-attachments' || policy.type === 'inline') return false;
  const arn = policy.arn ?? '';
  return !declared.policyArns.some((one) => mayBe(one)(arn) || displayOf(one) === arn);
}

/** Whether a holder may be the principal: an unknown name may be anybody's. */
function isMeant(holder: Holder, principal: Principal, declared: Principals | undefined): boolean {
  if (holder.kind !== principal.kind) return false;
  return holder.name === declared?.name || mayBe(holder.name)(principal.name);
}

/**
 * The principal with the tags and the trust policy that are declared. A trust policy with an unknown part is left out:
 * whoever asks takes it in the widest sense.
 */
function declaredAs(principal: Principal, { trust, tags }: PrincipalDeclaration): Principal {
  const { boundary: _, trust: was, ...rest } = principal;
  if (principal.kind === 'user' || trust === undefined) {
    return { ...rest, tags, ...(was === undefined ? {} : { trust: was }) };
  }
  if (unknownsIn(trust).length > 0) return { ...rest, tags };
  const text = typeof trust === 'string' ? trust : JSON.stringify(trust, null, 4);
  return { ...rest, tags, trust: { name: 'trust policy', type: 'resource', text } };
}

function withoutBoundary(principal: Principal): Principal {
  const { boundary: _, ...rest } = principal;
  return rest;
}
