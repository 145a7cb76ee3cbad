import type { Request } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import type { OutsideWay } from '#lib/compare/shared-access.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectation, Suppressible, Suppression } from '#lib/expectation/types.ts';
import type { PlanDoubt } from '#lib/plan/types.ts';
import type { PrincipalResult } from '#lib/report/types.ts';
import { subjectName } from '#lib/words/labels.ts';
import type { CheckOptions } from './check-options.ts';
import type { CheckedSets } from './checked-sets.ts';
import { CheckerWork, type Outcome } from './checker-work.ts';
import type { OrganizationDenials } from './observed-access.ts';
import { SERVICE_LINKED, withState } from './status.ts';

export interface PrincipalCheck {
  readonly principal: Principal;
  readonly expectation: Expectation;
  readonly result: PrincipalResult;
  readonly findings: readonly Finding[];
  /** Who comes to it from outside; absent where nobody asked. */
  readonly outside?: readonly OutsideWay[];
  /** Actions that the documents allow and the organization denies; absent where simulation has not said. */
  readonly organizationDenies?: readonly string[] | undefined;
}

/** Checks principals one by one. */
export interface Checker {
  /** @param expectation what is expected of it; absent: what the expectations say */
  (principal: Principal, expectation?: Expectation): Promise<PrincipalCheck>;
  /** Whether the answer depends on who else there is in the account: on `callers`, which must then be complete. */
  dependsOnCallers(principal: Principal): boolean;
  /** What the documents let a principal do in Rekognition: for each action one request that is allowed. */
  accessOf(principal: Principal): readonly Request[];
  /** When the time for what is asked now ends (CheckOptions). */
  readonly until: CheckOptions['until'];
  /** One object for principals that can do the same, as far as that is plain. */
  kindOf(principal: Principal): object;
  /** Whether somebody could gain anything by acting as another, whatever that one's policies; `nobody`: as anybody. */
  mayGain(as: Principal, own: Principal, expectation: Expectation & { kind: 'sets' }): boolean | 'nobody';
  /** The same, as far as it is not expected and another principal cannot do it; absent expectation: nothing is expected. */
  gained(
    principal: Principal,
    own: Principal,
    expectation?: Expectation & { kind: 'sets' },
  ): readonly Request[];
  /** Whether nobody can tell whether a principal can do anything. */
  isUnknown(principal: Principal): boolean;
  /** Actions of which nobody can tell whether a principal can do more of them than is expected and another can do. */
  unsettled(
    principal: Principal,
    own: Principal,
    expectation: Expectation & { kind: 'sets' },
  ): readonly PlanDoubt[];
  /** What the expectations say of a principal. */
  expectationOf(principal: Principal): Expectation;
  /** What accepts of a principal, for a time, whatever it can do in Rekognition: it covers every action. */
  suppressionOfAll(principal: Principal): Suppression | undefined;
  /** What accepts one finding of a principal, by its id, for a time. */
  suppressionOf(finding: Suppressible, principal: Principal): Suppression | undefined;
  /** What the organization denies of what a principal's documents allow; IAM is asked, whatever is expected of it. */
  organizationDenialsOf(principal: Principal): Promise<OrganizationDenials>;
  /** What the check of a principal rests on. */
  setsOf(principal: Principal, expectation: Expectation & { kind: 'sets' }): CheckedSets;
  /** What of a principal's policies cannot be read and can only be about other services, in words. */
  notesOn(principal: Principal): readonly string[];
}

/**
 * Prepares the check of any number of principals. Work is done once for each distinct set of policies: parsing,
 * compiling, planning, evaluating, and where only the documents are evaluated, comparing.
 */
export function createChecker(options: CheckOptions): Checker {
  const work = new CheckerWork(options);
  const check = async (
    principal: Principal,
    expectation = options.expectations.expectationFor(principal),
  ): Promise<PrincipalCheck> => {
    return checkOf(principal, expectation, await work.outcomeOf(principal, expectation));
  };
  const dependsOnCallers = (principal: Principal) =>
    work.dependsOnCallers(principal, options.expectations.expectationFor(principal));
  const accessOf = (principal: Principal) => work.access.of(principal);
  const kindOf = (principal: Principal) => work.access.kindOf(principal);
  const mayGain: Checker['mayGain'] = (as, own, expectation) => work.access.mayGain(as, own, expectation);
  const gained: Checker['gained'] = (principal, own, expectation) =>
    work.access.gained(principal, own, expectation);
  const isUnknown = (principal: Principal) => work.access.isUnknown(principal);
  const unsettled: Checker['unsettled'] = (principal, own, expectation) =>
    work.access.unsettled(principal, own, expectation);
  const expectationOf = (principal: Principal) => options.expectations.expectationFor(principal);
  const suppressionOfAll = (principal: Principal) => {
    const { expectations, today } = options;
    const [first, ...others] = actions.map(({ action }) =>
      expectations.suppressionFor(principal, action, today),
    );
    return others.every((one) => one !== undefined) ? first : undefined;
  };
  const suppressionOf: Checker['suppressionOf'] = (finding, principal) =>
    options.expectations.suppressionOf(finding, principal, options.today);
  const organizationDenialsOf = (principal: Principal) => work.organizationDenialsOf(principal);
  const setsOf = (principal: Principal, expectation: Expectation & { kind: 'sets' }) =>
    work.setsOf(principal, expectation);
  const notesOn = (principal: Principal) => work.notesOn(principal);
  return Object.assign(check, {
    dependsOnCallers,
    accessOf,
    until: options.until,
    kindOf,
    mayGain,
    gained,
    isUnknown,
    unsettled,
    expectationOf,
    suppressionOfAll,
    suppressionOf,
    organizationDenialsOf,
    setsOf,
    notesOn,
  });
}

function checkOf(
  principal: Principal,
  expectation: Expectation,
  { findings, requests, calls, organizationDenies }: Outcome,
): PrincipalCheck {
  const about = {
    subject: subjectName(principal),
    arn: principal.arn,
    expected: expectation.label,
    ...noteOf(principal, expectation),
    requests,
    calls,
  };
  const result = withState(about, principal, expectation, findings);
  return {
    principal,
    expectation,
    findings,
    result,
    ...(organizationDenies === undefined ? {} : { organizationDenies }),
  };
}

function noteOf(principal: Principal, expectation: Expectation): { readonly note?: string } {
  if (principal.serviceLinked) {
    return { note: SERVICE_LINKED };
  }
  if (expectation.kind === 'any') {
    return { note: expectation.administrator ? 'administrator' : 'the expectation is "any"' };
  }
  return {};
}
