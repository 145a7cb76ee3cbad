import { type CompiledSet, decide, type Request } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { type Comparison, comparePrincipal, findingsOf, sharedFindingsOf } from '#lib/compare/compare.ts';
import { missingElsewhere } from '#lib/compare/elsewhere.ts';
import { type SharedFinding, sharedFindingOf } from '#lib/compare/finding-draft.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { byAction, sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { merged } from '#lib/plan/chosen-requests.ts';
import { requestsElsewhere } from '#lib/plan/elsewhere.ts';
import { grantsNothing } from '#lib/plan/grants-nothing.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { isOutOfReach, type PlannedPrincipal, Planner } from '#lib/plan/plan.ts';
import { factsThatMatter } from '#lib/plan/relevant-facts.ts';
import type { Plan } from '#lib/plan/types.ts';
import type { CheckOptions } from './check-options.ts';
import type { CheckedSets } from './checked-sets.ts';
import {
  allowedOf,
  allShown,
  asksAbout,
  observationsOf,
  organizationDenials,
  type PlannedWork,
} from './planned-work.ts';
import { CompiledSets, isBeyondGuardrails } from './policy-sets.ts';
import { PrincipalSessions } from './principal-sessions.ts';
import { StandIns } from './stand-in.ts';

/** What a check has found of a principal, and what it took. */
export interface Outcome {
  readonly findings: readonly Finding[];
  /** Requests decided. */
  readonly requests: number;
  /** Simulation calls made. */
  readonly calls: number;
  /** Actions that the documents allow and the organization denies, as simulation shows; absent where it was not asked. */
  readonly organizationDenies?: readonly string[] | undefined;
}

/** What the organization denies, by action; `unknown`: simulation did not say. */
export type OrganizationDenials = readonly string[] | 'unknown';

/** One list, so that work about it is shared. */
const none: readonly Request[] = [];

const nothingAsked: Outcome = { findings: [], requests: 0, calls: 0 };

/** A principal and its expectation, with the sets of policies that both amount to. */
type JudgedPrincipal = Pick<Comparison, 'principal' | 'expectation' | 'accountId' | 'actions'> & {
  readonly observedSet: CompiledSet;
  readonly expectedSet: CompiledSet;
};

/** The work of one run's checks, with everything that principals share. */
export class CheckerWork {
  readonly #options: CheckOptions;
  readonly #sets: CompiledSets;
  readonly #planner: Planner;
  readonly #sessions: PrincipalSessions;
  readonly #work = new WeakMap<Plan, PlannedWork>();
  /** What the check of a principal has shown that it can do, where that is all. */
  readonly #shown = new WeakMap<Principal, () => readonly Request[]>();
  /** Absent where IAM is asked: it must be asked about the real names. */
  readonly #standIns: StandIns | undefined;

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#sets = new CompiledSets(options.guardrails);
    if (options.simulate === undefined) this.#standIns = new StandIns(options.guardrails);
    const { baseline } = options.expectations;
    this.#planner = new Planner({ baseline, actions, endOfSearch: options.until });
    this.#sessions = new PrincipalSessions(baseline.context, actions, options.guardrails);
  }

  async outcomeOf(principal: Principal, expectation: Expectation): Promise<Outcome> {
    if (principal.serviceLinked || expectation.kind === 'any') return nothingAsked;
    const byStandIn = this.#outcomeByStandIn(principal, expectation);
    if (byStandIn !== undefined) return byStandIn;
    // A file may hold principals of several accounts; each is asked about its own.
    const { accountId, partition } = placeOf(principal, this.#options);
    const observedSet = this.#sets.observed(principal);
    const expectedSet = this.#sets.expected(expectation);
    const about = { principal, expectation, accountId, actions, expectedSet };
    // Every action has been decided, in every case, by there being no statement about it.
    const silent = grantsNothing(observedSet.possible, actions) && grantsNothing(expectedSet, actions);
    const elsewhere = this.#elsewhere(principal, expectation, { accountId, partition });
    if (silent && principal.unreadable.length === 0) {
      return { ...nothingAsked, findings: elsewhere, requests: actions.length };
    }
    const outcome = await this.#ask({ ...about, observedSet }, partition);
    if (elsewhere.length === 0) return outcome;
    return { ...outcome, findings: sortFindings([...outcome.findings, ...elsewhere]) };
  }

  /** What its stand-in shows of a principal; undefined where there is none, or it cannot stand for it. */
  #outcomeByStandIn(principal: Principal, expectation: Expectation & { kind: 'sets' }): Outcome | undefined {
    const standIn = this.#standIns?.of(principal, expectation);
    if (standIn === undefined) return undefined;
    const place = placeOf(principal, this.#options);
    const observedSet = this.#sets.observed(standIn.principal);
    const expectedSet = this.#sets.expected(expectation);
    if (grantsNothing(observedSet.possible, actions) && grantsNothing(expectedSet, actions)) return undefined;
    const judged = { principal: standIn.principal, expectation, actions, observedSet, expectedSet };
    const work = this.#plannedWork({ ...judged, ...place }, place.partition);
    if (asksAbout(work.plan, standIn.name)) return undefined;
    const shared = this.#sharedFindings({ ...judged, ...place }, work);
    if (shared === 'some suppressed') return undefined;
    const { shown } = work;
    if (shown !== 'not all') this.#shown.set(principal, () => shown.map((one) => standIn.request(one)));
    const own = findingsOf(
      shared.map((one) => standIn.finding(one)),
      { ...judged, ...place },
    );
    const elsewhere = this.#elsewhere(principal, expectation, place);
    const findings = elsewhere.length === 0 ? own : sortFindings([...own, ...elsewhere]);
    return { findings, requests: work.plan.requests.length, calls: 0 };
  }

  /** What is expected of other services and missing; by the documents alone. */
  #elsewhere(
    principal: Principal,
    expectation: Expectation & { kind: 'sets' },
    place: { readonly accountId: string; readonly partition: string },
  ): readonly Finding[] {
    if (expectation.builtIn) return [];
    const { region, context } = this.#options.expectations.baseline;
    const usual = merged(context, principalContext(principal));
    const requests = requestsElsewhere(expectation.policies, { ...place, region, usual });
    if (requests.length === 0 || principal.unreadable.length > 0) return [];
    const suppressionOf = (action: string) => this.#suppressionOf(principal, action);
    const catalog = byAction(actions);
    // RCPs act on some services, and not on others.
    const byService = groupBy(requests, ({ action }) => action.split(':', 1)[0]?.toLowerCase() ?? '');
    const shared = [...byService].flatMap(([service, own]) =>
      missingElsewhere(this.#sets.whole(principal, service), own, suppressionOf).map((draft) =>
        sharedFindingOf(draft, catalog),
      ),
    );
    return findingsOf(shared, { principal, expectation, accountId: place.accountId });
  }

  /** What the check of a principal rests on. */
  setsOf(principal: Principal, expectation: Expectation & { kind: 'sets' }): CheckedSets {
    const { principal: judged } = this.#standIns?.of(principal, expectation) ?? { principal };
    const { accountId, partition } = placeOf(principal, this.#options);
    const { callers, expectations } = this.#options;
    const observed = this.#sets.observed(judged);
    const expected = this.#sets.expected(expectation);
    const work = { principal: judged, observedSet: observed, expectedSet: expected, accountId, actions };
    return {
      observed,
      expected,
      requests: () => this.#plannedWork(work, partition).plan.requests,
      inputFor: (left, right) => {
        const { facts, session } = this.#sessions.of(judged, [left, right], callers);
        return {
          observed: left,
          expected: right,
          facts: factsThatMatter([left, right], actions, facts),
          ...(session && { session }),
          baseline: expectations.baseline,
          ...{ actions, accountId, partition },
        };
      },
    };
  }

  /** What of a principal's policies cannot be read and can only be about other services. */
  notesOn(principal: Principal): readonly string[] {
    // Who has a stand-in has nothing that cannot be read.
    if (principal.serviceLinked || this.#standIns?.has(principal)) return [];
    return this.#sets.notesOn(principal);
  }

  /** Whether the outcome depends on who else there is in the account. */
  dependsOnCallers(principal: Principal, expectation: Expectation): boolean {
    if (principal.serviceLinked || expectation.kind === 'any') return false;
    const { principal: judged } = this.#standIns?.of(principal, expectation) ?? { principal };
    const observed = this.#sets.observed(judged);
    return this.#sessions.dependsOnCallers(principal, [observed, this.#sets.expected(expectation)]);
  }

  /** What the documents let a principal do in Rekognition: for each action one request that is allowed. */
  accessOf(principal: Principal): readonly Request[] {
    return this.#shown.get(principal)?.() ?? this.#allowedBeyond(principal, undefined);
  }

  /** What the organization denies of what a principal's documents allow; IAM is asked, whatever is expected of it. */
  async organizationDenialsOf(principal: Principal): Promise<OrganizationDenials> {
    if (this.#options.simulate === undefined || this.#isBeyondScps(principal)) return [];
    const observed = this.#sets.observed(principal);
    if (grantsNothing(observed, actions)) return [];
    const place = placeOf(principal, this.#options);
    const work = this.#plannedWork(
      { principal, observedSet: observed, expectedSet: observed, ...place },
      place.partition,
    );
    // Out of reach of everything: there is nothing to deny.
    if (work.calls.length === 0) return [];
    const simulated = await this.#simulate({ principal, observedSet: observed }, work);
    return this.#organizationDenials(principal, work, simulated) ?? 'unknown';
  }

  /** The same, as far as it is not expected. */
  unexpectedAccessOf(principal: Principal, expectation: Expectation): readonly Request[] {
    return expectation.kind === 'any' ? [] : this.#allowedBeyond(principal, this.#sets.expected(expectation));
  }

  #allowedBeyond(principal: Principal, expected: CompiledSet | undefined): readonly Request[] {
    const observed = this.#sets.observed(principal);
    if (principal.serviceLinked || grantsNothing(observed, actions)) return none;
    const { plan, evaluated, beyond } = this.#workFor({
      observed,
      expected: expected ?? observed,
      ...this.#sessions.of(principal, [observed], this.#options.callers),
      ...placeOf(principal, this.#options),
    });
    const known = beyond.get(expected);
    if (known !== undefined) return known;
    const found = allowedOf(
      { plan, evaluated },
      (request) => expected === undefined || decide(expected, request).decision !== 'allowed',
    );
    beyond.set(expected, found);
    return found;
  }

  async #ask(judged: JudgedPrincipal, partition: string): Promise<Outcome> {
    const { principal } = judged;
    const work = this.#plannedWork(judged, partition);
    const { shown } = work;
    if (shown !== 'not all') this.#shown.set(principal, () => shown);
    const requests = work.plan.requests.length;
    const simulated = await this.#simulate(judged, work);
    if (simulated === undefined && principal.unreadable.length === 0) {
      return { findings: this.#byDocuments(judged, work), requests, calls: 0 };
    }
    return {
      findings: comparePrincipal(this.#comparisonOf(judged, work, simulated)),
      requests,
      calls: simulated === undefined ? 0 : work.calls.length,
      organizationDenies: this.#organizationDenials(principal, work, simulated),
    };
  }

  #plannedWork(judged: Omit<JudgedPrincipal, 'expectation' | 'actions'>, partition: string): PlannedWork {
    const { principal, observedSet, expectedSet, accountId } = judged;
    return this.#workFor({
      observed: observedSet,
      expected: expectedSet,
      ...this.#sessions.of(principal, [observedSet, expectedSet], this.#options.callers),
      accountId,
      partition,
    });
  }

  #workFor(principal: PlannedPrincipal): PlannedWork {
    const plan = this.#planner.planFor(principal);
    const known = this.#work.get(plan);
    if (known !== undefined) return known;
    const asks = this.#options.simulate !== undefined && !isOutOfReach({ ...principal, actions });
    const evaluated = evaluateRequests(principal.observed, plan.requests);
    const work: PlannedWork = {
      plan,
      evaluated,
      shown: allShown({ plan, evaluated }, principal.observed),
      calls: asks ? groupCalls(plan.requests) : [],
      shared: new Map(),
      beyond: new Map(),
    };
    this.#work.set(plan, work);
    return work;
  }

  async #simulate(
    { principal, observedSet }: Pick<JudgedPrincipal, 'principal' | 'observedSet'>,
    { plan, calls }: PlannedWork,
  ) {
    if (calls.length === 0) return undefined;
    // IAM reads what could not be read here, so its answers are about this principal alone.
    const alone = principal.unreadable.length > 0 || observedSet.unreadable.length > 0;
    return this.#options.simulate?.(principal.arn, alone ? [...plan.requests] : plan.requests, calls);
  }

  /** The documents alone say the same of all principals with this plan and expectation, suppressions aside. */
  #byDocuments(judged: JudgedPrincipal, work: PlannedWork): readonly Finding[] {
    const shared = this.#sharedFindings(judged, work);
    return shared === 'some suppressed'
      ? comparePrincipal(this.#comparisonOf(judged, work))
      : findingsOf(shared, judged);
  }

  #sharedFindings(judged: JudgedPrincipal, work: PlannedWork): readonly SharedFinding[] | 'some suppressed' {
    const { principal, expectation } = judged;
    let shared = work.shared.get(expectation);
    if (shared === undefined) {
      shared = sharedFindingsOf({ ...this.#comparisonOf(judged, work), suppressionOf: () => undefined });
      work.shared.set(expectation, shared);
    }
    const suppressed = shared.some((one) =>
      one.actions.some(({ action }) => this.#suppressionOf(principal, action) !== undefined),
    );
    return suppressed ? 'some suppressed' : shared;
  }

  #comparisonOf(judged: JudgedPrincipal, work: PlannedWork, simulated?: readonly Evidence[]): Comparison {
    return {
      ...judged,
      beyondScps: this.#isBeyondScps(judged.principal),
      observations: observationsOf(work, simulated),
      gaps: work.plan.gaps,
      doubts: work.plan.doubts,
      suppressionOf: (action) => this.#suppressionOf(judged.principal, action),
    };
  }

  #isBeyondScps(principal: Principal): boolean {
    return isBeyondGuardrails(principal, this.#options.guardrails);
  }

  #organizationDenials(
    principal: Principal,
    work: PlannedWork,
    simulated: readonly Evidence[] | undefined,
  ): readonly string[] | undefined {
    if (simulated === undefined) return undefined;
    return this.#isBeyondScps(principal) ? [] : organizationDenials(work, simulated);
  }

  #suppressionOf(principal: Principal, action: string) {
    const { expectations, today } = this.#options;
    return expectations.suppressionFor(principal, action, today);
  }
}

function placeOf({ arn }: Principal, otherwise: Pick<CheckOptions, 'accountId' | 'partition'>) {
  const { accountId, partition } = arnParts(arn);
  return /^\d{12}$/.test(accountId) ? { accountId, partition } : otherwise;
}
