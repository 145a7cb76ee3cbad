import {
  type CompiledSet,
  decide,
  isPrincipalKey,
  type Request,
  type RequestContext,
} from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { grantsNothing } from '#lib/plan/grants-nothing.ts';
import type { CheckOptions } from './check-options.ts';
import { allowedOf, organizationDenials, type PlannedWork } from './planned-work.ts';
import type { PlannedWorks } from './planned-works.ts';
import { type CompiledSets, isBeyondGuardrails } from './policy-sets.ts';

/** What the organization denies, by action; `unknown`: simulation did not say. */
export type OrganizationDenials = readonly string[] | 'unknown';

/** One list, so that work about it is shared. */
const none: readonly Request[] = [];

/** Whether a set allows an action on every resource and in every case, by there being no statement that tells them apart. */
const allowsAlways = (set: CompiledSet, action: string): boolean =>
  set.plans.for(action).constant?.decision === 'allowed';

/** The context of a request of somebody else, where he makes it himself. */
function askedBy(principal: Principal, context: RequestContext): RequestContext {
  const others = Object.entries(context).filter(([key]) => !isPrincipalKey(key));
  return { ...Object.fromEntries(others), ...principalContext(principal) };
}

/** What principals can do in Rekognition, whatever is expected of them. */
export class ObservedAccess {
  readonly #options: CheckOptions;
  readonly #sets: CompiledSets;
  readonly #works: PlannedWorks;
  /** What the check of a principal has shown that it can do, where that is all. */
  readonly #shown = new WeakMap<Principal, () => readonly Request[]>();
  /** By what is expected, then by the own set. */
  readonly #mayGain = new WeakMap<CompiledSet, WeakMap<CompiledSet, boolean>>();
  readonly #unexpectedBy = new WeakMap<Expectation, WeakMap<Principal, readonly Request[]>>();
  /** What was worked out instead, and until when there was time for it: with more time there may be more. */
  readonly #workedOut = new WeakMap<Principal, { until: number | undefined; found: readonly Request[] }>();

  constructor(options: CheckOptions, sets: CompiledSets, works: PlannedWorks) {
    this.#options = options;
    this.#sets = sets;
    this.#works = works;
  }

  /** Keeps what a check has shown where that is all, so that it need not be worked out again. */
  keep(principal: Principal, { shown }: PlannedWork, named = (request: Request) => request): void {
    let known: readonly Request[] | undefined;
    const all = () => {
      known ??= shown === 'not all' ? [] : shown.map(named);
      return known;
    };
    if (shown !== 'not all') this.#shown.set(principal, all);
  }

  /** What the documents let a principal do: for each action one request that is allowed. */
  of(principal: Principal): readonly Request[] {
    const shown = this.#shown.get(principal);
    if (shown !== undefined) return shown();
    const until = this.#options.until?.();
    const known = this.#workedOut.get(principal);
    if (known !== undefined && known.until === until) return known.found;
    const found = this.#allowedBeyond(principal, undefined);
    this.#workedOut.set(principal, { until, found });
    return found;
  }

  /** Whether there is an action that somebody could gain: neither expected nor his own always, whatever the request. */
  mayGain(own: Principal, expectation: Expectation & { kind: 'sets' }): boolean {
    const [ownSet, expected] = [this.#sets.observed(own), this.#sets.expected(expectation)];
    const byOwn = this.#mayGain.get(expected) ?? new WeakMap<CompiledSet, boolean>();
    this.#mayGain.set(expected, byOwn);
    const known = byOwn.get(ownSet);
    if (known !== undefined) return known;
    const may = actions.some(
      ({ action }) => !allowsAlways(ownSet, action) && !allowsAlways(expected, action),
    );
    byOwn.set(ownSet, may);
    return may;
  }

  /**
   * What a principal can do that is not expected and that somebody else's documents do not let him do: for each action
   * one request. An action that he has is among them where he has it on other resources, or in other cases, only.
   *
   * @param expectation absent: nothing is expected
   */
  gained(
    principal: Principal,
    own: Principal,
    expectation?: Expectation & { kind: 'sets' },
  ): readonly Request[] {
    const unexpected = this.#unexpected(principal, expectation);
    if (unexpected.length === 0) return none;
    const [observedSet, ownSet] = [this.#sets.observed(principal), this.#sets.observed(own)];
    const beyond = unexpected.filter(({ action }) => !allowsAlways(ownSet, action));
    if (beyond.length === 0) return none;
    const expected = expectation && this.#sets.expected(expectation);
    const has = new Set(this.of(own).map(({ action }) => action));
    const others = beyond.filter(({ action }) => !has.has(action));
    const actions = new Set(beyond.map(({ action }) => action).filter((action) => has.has(action)));
    if (actions.size === 0) return others;
    const counts = ({ action, ...request }: Request) =>
      actions.has(action) &&
      (expected === undefined || decide(expected, { action, ...request }).decision !== 'allowed') &&
      decide(ownSet, { action, ...request, context: askedBy(own, request.context) }).decision !== 'allowed';
    const wider = [expected ?? observedSet, ownSet].flatMap((expectedSet) =>
      allowedOf(this.#works.of({ principal, observedSet, expectedSet }), counts),
    );
    return [...others, ...new Map(wider.map((request) => [request.action, request])).values()];
  }

  /** What the documents let a principal do that is not expected, for each action one request: the same for all askers. */
  #unexpected(
    principal: Principal,
    expectation: (Expectation & { kind: 'sets' }) | undefined,
  ): readonly Request[] {
    if (expectation === undefined) return this.of(principal);
    const byPrincipal = this.#unexpectedBy.get(expectation) ?? new WeakMap<Principal, readonly Request[]>();
    this.#unexpectedBy.set(expectation, byPrincipal);
    const found =
      byPrincipal.get(principal) ?? this.#allowedBeyond(principal, this.#sets.expected(expectation));
    byPrincipal.set(principal, found);
    return found;
  }

  /** What the organization denies of what a principal's documents allow; IAM is asked. */
  async organizationDenials(principal: Principal): Promise<OrganizationDenials> {
    if (this.#options.simulate === undefined || this.#isBeyondScps(principal)) return [];
    const observedSet = this.#sets.observed(principal);
    if (grantsNothing(observedSet, actions)) return [];
    const sets = { principal, observedSet, expectedSet: observedSet };
    const work = this.#works.of(sets);
    // Out of reach of everything: there is nothing to deny.
    if (work.calls.length === 0) return [];
    return (
      this.organizationDenialsShown(principal, work, await this.#works.simulated(sets, work)) ?? 'unknown'
    );
  }

  /** What IAM's answers to a check say of it; undefined where they do not. */
  organizationDenialsShown(
    principal: Principal,
    work: PlannedWork,
    simulated: readonly Evidence[] | undefined,
  ): readonly string[] | undefined {
    if (simulated === undefined) return undefined;
    return this.#isBeyondScps(principal) ? [] : organizationDenials(work, simulated);
  }

  #allowedBeyond(principal: Principal, expected: CompiledSet | undefined): readonly Request[] {
    const observedSet = this.#sets.observed(principal);
    if (principal.serviceLinked || grantsNothing(observedSet, actions)) return none;
    const work = this.#works.of({ principal, observedSet, expectedSet: expected ?? observedSet });
    const known = work.beyond.get(expected);
    if (known !== undefined) return known;
    const found = allowedOf(
      work,
      (request) => expected === undefined || decide(expected, request).decision !== 'allowed',
    );
    work.beyond.set(expected, found);
    return found;
  }

  #isBeyondScps(principal: Principal): boolean {
    return isBeyondGuardrails(principal, this.#options.guardrails);
  }
}
