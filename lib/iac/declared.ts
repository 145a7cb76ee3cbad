import type { PolicySource } from '@permission-check/iam-policy';
import type { PolicyChange } from '#lib/account/apply-change.ts';
import type { Principal } from '#lib/account/types.ts';
import { type Bound, perhaps } from './bounds.ts';
import type { Declaration, Holder, PrincipalDeclaration } from './types.ts';
import { asPattern, hasUnknown, isUnknown, mayBe, unknownsIn } from './unknown.ts';

export type Declared<Is extends Declaration['is']> = Extract<Declaration, { readonly is: Is }>;
export type DeclaredPrincipal = Declared<'principal'>;

export const holderKey = ({ kind, name }: Holder): string => `${kind}/${name}`;

/** The holder of a policy that a declaration is about; a membership's is the user. */
export function holderOf(declaration: Declaration): Holder | undefined {
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

/** Text as people read it: `*` stands for what is not known. */
export const displayOf = (text: string): string => (hasUnknown(text) ? asPattern(text) : text);

/** The name that a declared principal goes by. */
export function displayName({ name, alias }: PrincipalDeclaration): string {
  return isUnknown(name) ? alias : displayOf(name);
}

/** The path of a declared principal, as far as it is known. */
export const knownPath = ({ path }: PrincipalDeclaration): string => (hasUnknown(path) ? '/' : path);

/** The managed policies among declarations. */
export function policiesByArn(declarations: readonly Declaration[]): Map<string, Declared<'managed-policy'>> {
  return new Map(declarations.flatMap((one) => (one.is === 'managed-policy' ? [[one.arn, one]] : [])));
}

/** The declarations about holders' policies and memberships that are wanted, by `holderKey`. */
export function byHolder(
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

/** What the end of a declaration takes from its holder. */
export function endOf(removed: Declaration): PolicyChange[] {
  if (removed.is === 'inline-policy') return [{ kind: 'delete', name: displayOf(removed.name) }];
  return removed.is === 'attachment' ? [{ kind: 'detach', policyArn: removed.policyArn }] : [];
}

/** A change for which nobody knows whether it is about the holder. */
export function perhapsGiven(change: PolicyChange, bound: Bound): PolicyChange[] {
  if (change.kind === 'attach') {
    const text = perhaps(change.policy.text, bound);
    return text === undefined ? [] : [{ ...change, policy: { ...change.policy, text } }];
  }
  if (change.kind !== 'put') return [];
  const text = perhaps(change.text, bound);
  return text === undefined ? [] : [{ ...change, text }];
}

/** Whether something stays: `maybe` depends on what is not known yet. */
export type Stays = 'yes' | 'no' | 'maybe';

/** A policy as far as it is known that somebody has it. */
export function asFarAs(stays: Stays, policy: PolicySource, bound: Bound): PolicySource[] {
  if (stays !== 'maybe') return stays === 'yes' ? [policy] : [];
  const text = perhaps(policy.text, bound);
  return text === undefined ? [] : [{ ...policy, text }];
}

/** Whether a policy stays beside a declaration that may allow its holder no others. */
export function staysBeside(declared: Declaration, policy: PolicySource): Stays {
  if (declared.is === 'only-inline-policies' && policy.type === 'inline') {
    return isAmong(declared.names, policy.name);
  }
  if (declared.is === 'only-attachments' && policy.type !== 'inline') {
    return isAmong(declared.policyArns, policy.arn ?? '');
  }
  return 'yes';
}

/** Whether a text is one of those, of which parts may be unknown. */
export function isAmong(texts: readonly string[], one: string): Stays {
  if (texts.some((text) => displayOf(text) === one)) return 'yes';
  return texts.some((text) => mayBe(text)(one)) ? 'maybe' : 'no';
}

/** Whether a holder is the principal: an unknown name may be anybody's. */
export function isMeant(holder: Holder, principal: Holder, declared: DeclaredPrincipal | undefined): Stays {
  if (holder.kind !== principal.kind) return 'no';
  return holder.name === declared?.name ? 'yes' : isAmong([holder.name], principal.name);
}

/** Of several answers the most certain to be so. */
export function anyOf(all: readonly Stays[]): Stays {
  return all.includes('yes') ? 'yes' : all.includes('maybe') ? 'maybe' : 'no';
}

/** Of several answers the least certain to be so. */
export function allOf(all: readonly Stays[]): Stays {
  return all.includes('no') ? 'no' : all.includes('maybe') ? 'maybe' : 'yes';
}

/**
 * The principal with the tags and the trust policy that are declared. A trust policy with an unknown part is left out:
 * whoever asks takes it in the widest sense.
 */
export function declaredAs(principal: Principal, { trust, tags }: PrincipalDeclaration): Principal {
  const { boundary: _, trust: was, ...rest } = principal;
  if (principal.kind === 'user' || trust === undefined) {
    return { ...rest, tags, ...(was === undefined ? {} : { trust: was }) };
  }
  if (unknownsIn(trust).length > 0) return { ...rest, tags };
  const text = typeof trust === 'string' ? trust : JSON.stringify(trust, null, 4);
  return { ...rest, tags, trust: { name: 'trust policy', type: 'resource', text } };
}

export function withoutBoundary(principal: Principal): Principal {
  const { boundary: _, ...rest } = principal;
  return rest;
}

/** The principal with what a plan makes of it; the very same where that is nothing. */
export function withEdits(
  principal: Principal,
  {
    declared,
    removed,
  }: { readonly declared?: DeclaredPrincipal | undefined; readonly removed: readonly Declaration[] },
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
