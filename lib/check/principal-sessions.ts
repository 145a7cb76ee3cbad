import { type CompiledSet, type RequestContext, sessionFreedom } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { readsOf } from '#lib/plan/relevant-facts.ts';
import type { PlanInput } from '#lib/plan/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import type { Callers } from '#lib/reach/callers.ts';
import { sessionsMatter, sessionsOf } from '#lib/reach/sessions.ts';

/** What the sessions of principals carry, as far as their policies and what is expected of them read it. */
export class PrincipalSessions {
  readonly #admissions: Admissions;
  readonly #usual: RequestContext;
  readonly #actions: readonly CatalogAction[];

  /** @param usual the context of a normal request */
  constructor(usual: RequestContext, actions: readonly CatalogAction[], guardrails?: Guardrails) {
    this.#admissions = new Admissions(guardrails);
    this.#usual = usual;
    this.#actions = actions;
  }

  /** Whether what a principal's sessions can carry depends on who else there is in the account. */
  dependsOnCallers(principal: Principal, sets: readonly CompiledSet[]): boolean {
    if (principal.kind === 'user' || principal.trust === undefined) return false;
    const { accountId } = arnParts(principal.arn);
    return principal.trust.text.includes(accountId) && sessionsMatter(principal, this.#readsOf(sets));
  }

  of(
    principal: Principal,
    sets: readonly CompiledSet[],
    callers?: Callers,
  ): Pick<PlanInput, 'facts' | 'session'> {
    const facts = principalContext(principal);
    const reads = this.#readsOf(sets);
    if (!sessionsMatter(principal, reads)) return { facts };
    const sessions = sessionsOf(principal, reads, this.#admissions, callers);
    const session = sessionFreedom(sessions, (key) => reads.has(key), this.#usual);
    const others = Object.entries(facts).filter(([key]) => !session.free.has(key.toLowerCase()));
    return { facts: { ...Object.fromEntries(others), ...session.facts }, session };
  }

  #readsOf(sets: readonly CompiledSet[]): ReadonlySet<string> {
    return new Set(sets.flatMap((set) => [...readsOf(set, this.#actions).keys]));
  }
}
