import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { type Comparison, comparePrincipal, findingsOf, sharedFindingsOf } from '#lib/compare/compare.ts';
import type { SharedFinding } from '#lib/compare/finding-draft.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { grantsNothing } from '#lib/plan/grants-nothing.ts';
import type { CheckOptions } from './check-options.ts';
import type { CheckedSets } from './checked-sets.ts';
import { missingElsewhereOf } from './missing-elsewhere.ts';
import { ObservedAccess, type OrganizationDenials } from './observed-access.ts';
import { placeOf } from './place.ts';
import { asksAbout, observationsOf, type PlannedWork } from './planned-work.ts';
import { PlannedWorks, type SetsOfPrincipal } from './planned-works.ts';
import { CompiledSets, isBeyondGuardrails } from './policy-sets.ts';
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

const nothingAsked: Outcome = { findings: [], requests: 0, calls: 0 };

/** What one check is about: a principal and its expectation, with the sets of policies that both amount to. */
type JudgedPrincipal = Pick<Comparison, 'expectation' | 'accountId' | 'actions'> & SetsOfPrincipal;

/** The work of one run's checks, with everything that principals share. */
export class CheckerWork {
  readonly #options: CheckOptions;
  readonly #sets: CompiledSets;
  readonly #works: PlannedWorks;
  /** What principals can do, whatever is expected of them. */
  readonly access: ObservedAccess;
  /** Absent where IAM is asked: it must be asked about the real names. */
  readonly #standIns: StandIns | undefined;

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#sets = new CompiledSets(options.guardrails);
    this.#works = new PlannedWorks(options);
    this.access = new ObservedAccess(options, this.#sets, this.#works);
    if (options.simulate === undefined) this.#standIns = new StandIns(options.guardrails);
  }

  async outcomeOf(principal: Principal, expectation: Expectation): Promise<Outcome> {
    if (principal.serviceLinked || expectation.kind === 'any') return nothingAsked;
    const byStandIn = this.#outcomeByStandIn(principal, expectation);
    if (byStandIn !== undefined) return byStandIn;
    const judged = this.#judged(principal, expectation);
    const elsewhere = this.#elsewhere(principal, expectation);
    if (isSilent(judged) && principal.unreadable.length === 0) {
      // Every action has been decided, in every case, by there being no statement about it.
      return { ...nothingAsked, findings: elsewhere, requests: actions.length };
    }
    const outcome = await this.#ask(judged);
    return { ...outcome, findings: together(outcome.findings, elsewhere) };
  }

  /** What its stand-in shows of a principal; undefined where there is none, or it cannot stand for it. */
  #outcomeByStandIn(principal: Principal, expectation: Expectation & { kind: 'sets' }): Outcome | undefined {
    const standIn = this.#standIns?.of(principal, expectation);
    if (standIn === undefined) return undefined;
    const judged = this.#judged(standIn.principal, expectation);
    if (isSilent(judged)) return undefined;
    const work = this.#works.of(judged);
    if (asksAbout(work.plan, standIn.name)) return undefined;
    const shared = this.#sharedFindings(judged, work);
    if (shared === 'some suppressed') return undefined;
    this.access.keep(principal, work, (one) => standIn.request(one));
    const own = findingsOf(
      shared.map((one) => standIn.finding(one)),
      judged,
    );
    const findings = together(own, this.#elsewhere(principal, expectation));
    return { findings, requests: work.plan.requests.length, calls: 0 };
  }

  /** What the check of a principal rests on. */
  setsOf(principal: Principal, expectation: Expectation & { kind: 'sets' }): CheckedSets {
    const judged = this.#setsOf(principal, expectation);
    return {
      observed: judged.observedSet,
      expected: judged.expectedSet,
      requests: () => this.#works.of(judged).plan.requests,
      inputFor: (left, right) => this.#works.inputFor({ ...judged, observedSet: left, expectedSet: right }),
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
    const { observedSet, expectedSet } = this.#setsOf(principal, expectation);
    return this.#works.dependsOnCallers(principal, [observedSet, expectedSet]);
  }

  /** What the organization denies of what a principal's documents allow; IAM is asked, whatever is expected of it. */
  organizationDenialsOf(principal: Principal): Promise<OrganizationDenials> {
    return this.access.organizationDenials(principal);
  }

  /** The sets of a principal, or of its stand-in. */
  #setsOf(principal: Principal, expectation: Expectation & { kind: 'sets' }): SetsOfPrincipal {
    const { principal: judged } = this.#standIns?.of(principal, expectation) ?? { principal };
    return this.#judged(judged, expectation);
  }

  #judged(principal: Principal, expectation: Expectation & { kind: 'sets' }): JudgedPrincipal {
    const { accountId } = placeOf(principal, this.#options);
    const observedSet = this.#sets.observed(principal);
    const expectedSet = this.#sets.expected(expectation);
    return { principal, expectation, accountId, actions, observedSet, expectedSet };
  }

  #elsewhere(principal: Principal, expectation: Expectation & { kind: 'sets' }): readonly Finding[] {
    return missingElsewhereOf(principal, expectation, this.#sets, this.#options);
  }

  async #ask(judged: JudgedPrincipal): Promise<Outcome> {
    const { principal } = judged;
    const work = this.#works.of(judged);
    this.access.keep(principal, work);
    const requests = work.plan.requests.length;
    const simulated = await this.#works.simulated(judged, work);
    if (simulated === undefined && principal.unreadable.length === 0) {
      return { findings: this.#byDocuments(judged, work), requests, calls: 0 };
    }
    return {
      findings: comparePrincipal(this.#comparisonOf(judged, work, simulated)),
      requests,
      calls: simulated === undefined ? 0 : work.calls.length,
      organizationDenies: this.access.organizationDenialsShown(principal, work, simulated),
    };
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
      beyondScps: isBeyondGuardrails(judged.principal, this.#options.guardrails),
      observations: observationsOf(work, simulated),
      gaps: work.plan.gaps,
      doubts: work.plan.doubts,
      suppressionOf: (action) => this.#suppressionOf(judged.principal, action),
    };
  }

  #suppressionOf(principal: Principal, action: string) {
    const { expectations, today } = this.#options;
    return expectations.suppressionFor(principal, action, today);
  }
}

/** Whether no statement is about Rekognition. */
function isSilent({ observedSet, expectedSet }: JudgedPrincipal): boolean {
  return grantsNothing(observedSet.possible, actions) && grantsNothing(expectedSet, actions);
}

function together(some: readonly Finding[], others: readonly Finding[]): readonly Finding[] {
  return others.length === 0 ? some : sortFindings([...some, ...others]);
}
