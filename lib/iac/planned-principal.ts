import type { PolicySource } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { type PlannedTrust, plannedTrust } from './planned-trust.ts';
import type { Planned, Source, Value } from './types.ts';

/** In whose name principals are asked about where nothing says which account it is. */
export const UNKNOWN_ACCOUNT = '000000000000';

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
  /** Its trust policy, where the plan declares one of which not all is known. */
  readonly trust?: PlannedTrust;
}

/** Somebody whom the account does not have, before a plan gives anything. */
export function freshPrincipal(
  { partition, accountId = UNKNOWN_ACCOUNT }: Pick<Planned, 'partition' | 'accountId'>,
  kind: Principal['kind'],
  name: string,
  path: string,
  tags: Principal['tags'],
): Principal {
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

/** What is known of the trust policy that a principal is declared with, where not all of it is. */
export function declaredTrust(
  trust: Value | undefined,
  { partition, accountId = UNKNOWN_ACCOUNT }: Pick<Planned, 'partition' | 'accountId'>,
): { readonly trust?: PlannedTrust } {
  const planned = trust === undefined ? undefined : plannedTrust(trust, { partition, accountId });
  return planned === undefined ? {} : { trust: planned };
}

/** In the place of a policy's key: what stands above the principal. */
export const ABOVE = 'above';

/** What tells the policies of one principal apart. */
export function sourceKey({ type, name, arn, group }: PolicySource): string {
  return type === 'inline' ? `inline ${group ?? ''} ${name}` : (arn ?? name);
}

/** Takes note of where the policies of one principal come from, and of what is not known about them. */
export class Provenance {
  readonly sources = new Map<string, Source>();
  readonly unknowns = new Map<string, Set<string>>();

  source(policy: PolicySource, source: Source): void {
    this.sources.set(sourceKey(policy), source);
  }

  /** @param key of the policy that has the unknown part, or `ABOVE`; `''`: it decides which policies there are. */
  unknown(name: string, key: string): void {
    const names = this.unknowns.get(key) ?? new Set();
    this.unknowns.set(key, names.add(name));
  }
}
