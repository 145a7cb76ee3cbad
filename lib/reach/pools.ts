/**
 * What Cognito identity pools say of their guests beside the trust policies of roles.
 *
 * Source: Amazon Cognito Developer Guide, "Identity pools authentication flow" (in the enhanced flow Cognito assumes the
 * role that the pool names; in the basic flow its people assume any role that trusts them), "IAM roles".
 */
import type { IdentityPool } from '#lib/account/identity-pools.ts';
import type { Principal } from '#lib/account/types.ts';
import { trustOf } from './trust.ts';

const aud = 'cognito-identity.amazonaws.com:aud';

/** The ids of the identity pools that the trust policy of a role names, each once. */
export function poolsNamedBy(role: Principal): readonly string[] {
  const conditions = trustOf(role)?.statements.flatMap(({ conditions }) => conditions) ?? [];
  const values = conditions.flatMap((one) => (one.key.toLowerCase() === aud ? one.values : []));
  return [...new Set(values)].filter((value) => /^[\w-]+:[0-9a-f-]+$/i.test(value));
}

/** The ids of the identity pools that some trust policy names, each once. */
export function allNamedPools(principals: Iterable<Principal>): readonly string[] {
  return [...new Set([...principals].flatMap(poolsNamedBy))];
}

/** Why no guest of a pool becomes a role, whatever its trust policy says; of one that was deleted, nobody does. */
export type Closed = 'was deleted' | 'admits no guests' | 'gives its guests another role';

/** Identity pools that were read. Of others nothing is known: their guests come where a trust policy lets them in. */
export class Pools {
  readonly #byId: ReadonlyMap<string, IdentityPool>;

  constructor(pools: readonly IdentityPool[] = []) {
    this.#byId = new Map(pools.map((pool) => [pool.id.toLowerCase(), pool]));
  }

  /** Whether it is known whether a pool admits guests. */
  isRead(id: string): boolean {
    return this.#byId.has(id.toLowerCase()) && !this.isAbsent(id);
  }

  /** Whether the account has no such pool: who is its guest, if there is one, another account decides. */
  isAbsent(id: string): boolean {
    return this.#byId.get(id.toLowerCase())?.isAbsent === true;
  }

  /** Whether guests of a pool come by the enhanced flow alone, in which Cognito passes a session policy. */
  scopesDown(id: string): boolean {
    return this.#byId.get(id.toLowerCase())?.allowsClassicFlow === false;
  }

  /** Of the pools that the trust policy of a role names, those whose guests do not become it. */
  closedTo(role: Principal): ReadonlyMap<string, Closed> {
    const closed = new Map<string, Closed>();
    if (this.#byId.size === 0) return closed;
    for (const id of poolsNamedBy(role)) {
      const pool = this.#byId.get(id.toLowerCase());
      const why = pool && closedBy(pool, role);
      if (why !== undefined) closed.set(id, why);
    }
    return closed;
  }
}

function closedBy(
  { allowsGuests, allowsClassicFlow, guestRole, isDeleted }: IdentityPool,
  { arn }: Principal,
) {
  if (isDeleted) return 'was deleted';
  if (!allowsGuests) return 'admits no guests';
  if (allowsClassicFlow || guestRole === undefined) return undefined;
  return guestRole.toLowerCase() === arn.toLowerCase() ? undefined : 'gives its guests another role';
}
