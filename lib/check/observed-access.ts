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
import { readsOf } from '#lib/plan/relevant-facts.ts';
import type { PlanDoubt } from '#lib/plan/types.ts';
import { anyPolicies } from '#lib/reach/afterwards.ts';
import type { CheckOptions } from './check-options.ts';
import { InTime } from './in-time.ts';
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

/** Keys, in lower case, that have the same values whoever asks. */
const sameForAll: ReadonlySet<string> = new Set([
  'aws:currenttime',
  'aws:epochtime',
  'aws:requestedregion',
  'aws:resourceaccount',
  'aws:securetransport',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
]);

/** Whether a set decides the same, whoever asks. */
const isSameForAll = (set: CompiledSet): boolean =>
  [...readsOf(set, actions).keys].every((key) => sameForAll.has(key));

/** What is expected where anything that somebody can do is worth having. */
const nothing = { kind: 'sets', label: 'nothing', policies: [], guards: [] } as const;

/** Keys, in lower case, of which a principal's ARN says the value. */
const saidByArn: ReadonlySet<string> = new Set(['aws:principalarn', 'aws:principalaccount']);

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
  /** By the set, then by how the tests of a principal's ARN answer. */
  readonly #kinds = new WeakMap<CompiledSet, Map<string, object>>();
  readonly #kindOf = new WeakMap<Principal, object>();
  /** By the principal, and by what all of a kind can do: one for all of them, so that work about it is shared. */
  readonly #most = new WeakMap<object, Principal>();
  readonly #inTime: InTime<{
    readonly mayGain: WeakMap<Expectation, WeakMap<Principal, Map<object, boolean>>>;
    readonly unexpectedBy: WeakMap<Expectation, WeakMap<Principal, readonly Request[]>>;
  }>;
  /** What was worked out instead, and until when there was time for it: with more time there may be more. */
  readonly #workedOut = new WeakMap<Principal, { until: number | undefined; found: readonly Request[] }>();

  constructor(options: CheckOptions, sets: CompiledSets, works: PlannedWorks) {
    this.#options = options;
    this.#sets = sets;
    this.#works = works;
    this.#inTime = new InTime(() => ({ mayGain: new WeakMap(), unexpectedBy: new WeakMap() }), options.until);
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

  /** One object for principals that can do the same, as far as that is plain without working out what. */
  kindOf(principal: Principal): object {
    const known = this.#kindOf.get(principal) ?? this.#kindFor(principal);
    this.#kindOf.set(principal, known);
    return known;
  }

  #kindFor(principal: Principal): object {
    const set = this.#sets.observed(principal);
    const { keys, statements } = readsOf(set, actions);
    const others = [...keys].filter((key) => !sameForAll.has(key));
    if (others.length === 0) return set;
    const tests = statements.flatMap((one) => one.tests);
    const variables = [...tests, ...statements.flatMap(({ resources }) => resources)].flatMap(
      (one) => one.variables,
    );
    const isPlain = others.every((key) => saidByArn.has(key));
    if (!isPlain || variables.some((key) => saidByArn.has(key.toLowerCase()))) return principal;
    const context = principalContext(principal);
    const answers = tests
      .filter(({ test }) => saidByArn.has(test.key.toLowerCase()))
      .map((test) => Number(test.matches(context)));
    const kinds = this.#kinds.get(set) ?? new Map<string, object>();
    this.#kinds.set(set, kinds);
    // Users may choose the name of a federated session; roles may not.
    const key = `${principal.kind} ${answers.join('')}`;
    const kind = kinds.get(key) ?? {};
    kinds.set(key, kind);
    return kind;
  }

  /**
   * Whether somebody could gain anything by acting as another, whatever that one's policies are: whether all actions in every
   * case are more than what is expected and what he has. True where that cannot be told of all of its kind at once.
   *
   * @returns `nobody`: nothing could be gained by acting as anybody
   */
  mayGain(as: Principal, own: Principal, expectation: Expectation & { kind: 'sets' }): boolean | 'nobody' {
    const [ownSet, expected] = [this.#sets.observed(own), this.#sets.expected(expectation)];
    if (actions.every(({ action }) => allowsAlways(ownSet, action) || allowsAlways(expected, action)))
      return 'nobody';
    if (!isSameForAll(expected)) return true;
    const most = this.#mostOf(as);
    const kind = this.kindOf(most);
    if (kind === most) return true;
    const { mayGain } = this.#inTime.value;
    const byOwn = mayGain.get(expectation) ?? new WeakMap<Principal, Map<object, boolean>>();
    mayGain.set(expectation, byOwn);
    const byKind = byOwn.get(own) ?? new Map<object, boolean>();
    byOwn.set(own, byKind);
    const may = byKind.get(kind) ?? this.gained(most, own, expectation).length > 0;
    byKind.set(kind, may);
    return !may && isSameForAll(this.#sets.observed(most)) ? 'nobody' : may;
  }

  /** A principal that may do everything, but for what stands above its policies. */
  #mostOf(principal: Principal): Principal {
    const known = this.#most.get(principal);
    if (known !== undefined) return known;
    const { boundary: _, ...free } = principal;
    const own = { ...free, policies: anyPolicies };
    const kind = this.kindOf(own);
    const most = this.#most.get(kind) ?? own;
    this.#most.set(kind, most).set(principal, most);
    return most;
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

  /** Whether nobody can tell whether a principal can do anything. */
  isUnknown(principal: Principal): boolean {
    return this.of(principal).length === 0 && this.#unsettled(principal, nothing).length > 0;
  }

  /** Actions of which nobody can tell whether a principal can do more of them than is expected and another can do. */
  unsettled(
    principal: Principal,
    own: Principal,
    expectation: Expectation & { kind: 'sets' },
  ): readonly PlanDoubt[] {
    const ownSet = this.#sets.observed(own);
    if (this.#sets.observed(principal) === ownSet) return [];
    return this.#unsettled(principal, expectation).filter(({ action }) => !allowsAlways(ownSet, action));
  }

  #unsettled(principal: Principal, expectation: Expectation & { kind: 'sets' }): readonly PlanDoubt[] {
    const observedSet = this.#sets.observed(principal);
    const isRead = observedSet.possible === observedSet;
    if (principal.serviceLinked || (isRead && grantsNothing(observedSet, actions))) return [];
    const { plan } = this.#works.of({
      principal,
      observedSet,
      expectedSet: this.#sets.expected(expectation),
    });
    return [...plan.doubts, ...plan.gaps.filter(({ excess }) => excess === true)];
  }

  /** What the documents let a principal do that is not expected, for each action one request: the same for all askers. */
  #unexpected(
    principal: Principal,
    expectation: (Expectation & { kind: 'sets' }) | undefined,
  ): readonly Request[] {
    if (expectation === undefined) return this.of(principal);
    const { unexpectedBy } = this.#inTime.value;
    const byPrincipal = unexpectedBy.get(expectation) ?? new WeakMap<Principal, readonly Request[]>();
    unexpectedBy.set(expectation, byPrincipal);
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
