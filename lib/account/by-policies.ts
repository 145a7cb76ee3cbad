import { type PolicySource, RecentMap } from '@permission-check/iam-policy';
import type { Guardrails, Principal } from './types.ts';

type Binding = Pick<Principal, 'policies' | 'boundary' | 'guardrails'>;

/**
 * What is worked out of the policies and the boundary of principals, and of guardrails of their own, found by these
 * objects, which an account shares among its principals, before any text is looked at. Whoever holds the principals does
 * not hold what is found here.
 */
export class ByPolicies<V extends object> {
  readonly #known: RecentMap<
    Map<PolicySource | undefined, Map<Guardrails | undefined, V>>,
    Binding['policies']
  >;

  /** @param limit lists of policies that are remembered */
  constructor(limit: number) {
    this.#known = new RecentMap(limit);
  }

  getOrCreate({ policies, boundary, guardrails }: Binding, create: () => V): V {
    const byBoundary = this.#known.getOrCreate(policies, () => new Map());
    const byGuardrails = byBoundary.get(boundary) ?? new Map<Guardrails | undefined, V>();
    byBoundary.set(boundary, byGuardrails);
    const known = byGuardrails.get(guardrails);
    if (known !== undefined) return known;
    const value = create();
    byGuardrails.set(guardrails, value);
    return value;
  }
}
