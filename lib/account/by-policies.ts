import type { PolicySource } from '@permission-check/iam-policy';
import { RecentMap } from './recent-map.ts';
import type { Principal } from './types.ts';

/**
 * What is worked out of the policies and the boundary of principals, found by these objects, which an account shares
 * among its principals, before any text is looked at. Whoever holds the principals does not hold what is found here.
 */
export class ByPolicies<V extends object> {
  readonly #known: RecentMap<Map<PolicySource | undefined, V>, readonly PolicySource[]>;

  /** @param limit lists of policies that are remembered */
  constructor(limit: number) {
    this.#known = new RecentMap(limit);
  }

  getOrCreate({ policies, boundary }: Pick<Principal, 'policies' | 'boundary'>, create: () => V): V {
    const byBoundary = this.#known.getOrCreate(policies, () => new Map());
    const known = byBoundary.get(boundary);
    if (known !== undefined) return known;
    const value = create();
    byBoundary.set(boundary, value);
    return value;
  }
}
