import type { Found, Goal, RequestContext } from '@permission-check/iam-policy';
import { contextValue } from '@permission-check/iam-policy';
import type { CatalogAction, ResourceTypeName } from '#lib/catalog/types.ts';
import { contextKey } from './group.ts';
import type { PlanDoubt, PlanGap, PlannedRequest } from './types.ts';

/** What an action is asked on: `*`, or an ARN of a type. */
export type Target = '*' | ResourceTypeName;

/** Actions that both sets cover with the same statements, and that are asked on the same target. */
export interface Group {
  readonly target: Target;
  readonly actions: CatalogAction[];
}

/** Two contexts as one; where both have a key, in whatever case, the second one's value counts. */
export function merged(first: RequestContext, second: RequestContext): RequestContext {
  const kept = Object.entries(first).filter(([key]) => contextValue(second, key) === undefined);
  return { ...Object.fromEntries(kept), ...second };
}

/** A context of a plan, numbered, without the facts and with them. */
interface ChosenContext {
  readonly number: number;
  readonly free: RequestContext;
  readonly full: RequestContext;
}

/** The requests chosen so far, for one plan. */
export class ChosenRequests {
  readonly requests = new Map<string, Omit<PlannedRequest, 'normal'>>();
  readonly gaps = new Map<string, PlanGap>();
  readonly doubts = new Map<string, PlanDoubt>();
  readonly #contexts = new Map<string, ChosenContext>();
  readonly #known = new WeakMap<RequestContext, ChosenContext>();
  readonly #resources = new Map<Target, Set<string>>();
  readonly #facts: RequestContext;

  constructor(baseline: RequestContext, facts: RequestContext) {
    this.#facts = facts;
    this.#contextOf(baseline);
  }

  /** The contexts of the requests, without the facts; the baseline is the first. */
  *contexts(): Generator<RequestContext> {
    for (const { free } of this.#contexts.values()) yield free;
  }

  resources(target: Target): Iterable<string> {
    return this.#resources.get(target) ?? [];
  }

  add({ target, actions }: Group, { resource, context }: Found, purpose: PlannedRequest['purpose']): void {
    const known = this.#resources.get(target) ?? new Set<string>();
    this.#resources.set(target, known.add(resource));
    const { number, full } = this.#contextOf(context);
    for (const { action } of actions) {
      const key = `${action} ${resource} ${number}`;
      if (!this.requests.has(key)) this.requests.set(key, { action, resource, context: full, purpose });
    }
  }

  /** @param excess it was to show that more is allowed than is expected */
  gap({ actions }: Group, goal: Pick<Goal, 'unknown'>, excess = false): void {
    const reason = `${goal.unknown}: the search for such a request was cut off`;
    for (const { action } of actions)
      this.gaps.set(`${action} ${reason}`, { action, reason, ...(excess ? { excess } : {}) });
  }

  doubt({ actions }: Group, reason: string): void {
    for (const { action } of actions) this.doubts.set(`${action} ${reason}`, { action, reason });
  }

  /** Equal contexts share one object, so that comparing and sending them costs little. */
  #contextOf(context: RequestContext): ChosenContext {
    const before = this.#known.get(context);
    if (before !== undefined) return before;
    const key = contextKey(context);
    const found = this.#contexts.get(key) ?? {
      number: this.#contexts.size,
      free: context,
      full: merged(context, this.#facts),
    };
    this.#contexts.set(key, found);
    this.#known.set(context, found);
    return found;
  }
}
