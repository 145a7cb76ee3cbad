import { ANY_TAG } from '#lib/account/open-tags.ts';
import type { OpenFacts, Principal } from '#lib/account/types.ts';
import { type DeclaredPrincipal, displayOf } from './declared.ts';
import type { Declaration } from './types.ts';
import { hasUnknown, isUnknown } from './unknown.ts';

/** What a plan says of a principal. */
export interface Told {
  readonly declared?: DeclaredPrincipal | undefined;
  /** Policies and groups that it is given, or may be. */
  readonly given: readonly Declaration[];
  /** Only the plan speaks of it, and not as something that it makes. */
  readonly partial: boolean;
  /** Nothing says which account it is in. */
  readonly anyAccount: boolean;
  /** Whether a policy with that ARN is declared, so that it is no other. */
  readonly isDeclared: (policyArn: string) => boolean;
  readonly isTaken: (name: string) => boolean;
}

/** What is not known of a principal; undefined where everything is. */
export function openFactsOf(
  principal: Pick<Principal, 'kind' | 'name'>,
  { declared, given, partial, anyAccount, isDeclared, isTaken }: Told,
): OpenFacts | undefined {
  const groups = given.flatMap((one) =>
    one.is === 'membership' && hasUnknown(one.group) ? [displayOf(one.group)] : [],
  );
  const attached = given.flatMap((one) =>
    one.is === 'attachment' && hasUnknown(one.policyArn) && !isDeclared(one.policyArn)
      ? [displayOf(one.policyArn)]
      : [],
  );
  const name = openName(principal, declared);
  const path = partial ? '*' : declared && hasUnknown(declared.path) ? displayOf(declared.path) : undefined;
  const tags = partial ? [ANY_TAG] : (declared?.openTags ?? []);
  const known = name === undefined && path === undefined && !anyAccount;
  if (known && tags.length + groups.length + attached.length === 0 && !partial) return undefined;
  return {
    alias: declared?.alias ?? `${principal.kind}/${principal.name}`,
    ...(name !== undefined && { name }),
    ...(path !== undefined && { path }),
    ...(anyAccount && { anyAccount: true }),
    tags,
    groups: partial ? ['*'] : groups,
    attached: partial ? ['*'] : attached,
    isTaken,
  };
}

/** Its name as far as it is known; undefined where it is known, as that of a role is that a stack has made already. */
function openName({ name }: { readonly name: string }, declared: DeclaredPrincipal | undefined) {
  if (declared === undefined || !hasUnknown(declared.name)) return undefined;
  if (!isUnknown(declared.name)) return name.includes('*') ? displayOf(declared.name) : undefined;
  return name === declared.alias ? `${declared.nameBegins ?? ''}*` : undefined;
}
