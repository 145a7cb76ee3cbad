import type { PolicySource } from '@permission-check/iam-policy';
import type { PolicyChange } from '#lib/account/apply-change.ts';
import type { Principal } from '#lib/account/types.ts';
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

/** Whether a declaration that allows its holder no other policies excludes this one. */
export function excludes(declared: Declaration, policy: PolicySource): boolean {
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
export function isMeant(
  holder: Holder,
  principal: Principal,
  declared: DeclaredPrincipal | undefined,
): boolean {
  if (holder.kind !== principal.kind) return false;
  return holder.name === declared?.name || mayBe(holder.name)(principal.name);
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
