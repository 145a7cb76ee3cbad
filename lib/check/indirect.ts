import type { Request } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import { indirectFinding } from '#lib/compare/indirect.ts';
import { accessOf } from '#lib/compare/reach-findings.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { FindingAction } from '#lib/compare/types.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { Indirections } from '#lib/reach/indirect.ts';
import type { Reach } from '#lib/reach/reach.ts';
import type { Checker, PrincipalCheck } from './principal.ts';
import { withState } from './status.ts';

/** Prepares the search for what principals can give themselves, or pass on. */
export function indirectChecks(
  all: Iterable<Principal>,
  admissions: Admissions,
  reach: Reach,
  checker: Pick<Checker, 'accessOf' | 'unexpectedAccessOf'>,
  now: Date,
): (check: PrincipalCheck) => PrincipalCheck {
  let found: Indirections | undefined;
  const indirections = () => {
    const targets = [...all].flatMap((principal) => {
      const access = accessOf(checker.accessOf(principal));
      return access.length === 0
        ? []
        : [{ principal, worst: worst(access.map(({ severity }) => severity)), count: access.length }];
    });
    targets.sort((a, b) => compareSeverity(a.worst, b.worst) || b.count - a.count);
    found ??= new Indirections(
      admissions,
      reach,
      targets.map(({ principal }) => principal),
      now,
    );
    return found;
  };
  const accessBeyond = rememberedAccess();
  return (check) => {
    const { principal, expectation } = check;
    if (expectation.kind === 'any' || !Indirections.mayEscalate(principal)) return check;
    const own = checker.accessOf(principal);
    const gains = (found ?? indirections()).of(principal).map((indirect) => ({
      indirect,
      access: accessBeyond(checker.unexpectedAccessOf(indirect.as, expectation), own),
    }));
    const { accountId } = arnParts(principal.arn);
    const indirect = indirectFinding(principal, expectation, accountId, gains);
    if (indirect.length === 0) return check;
    const findings = sortFindings([...check.findings, ...indirect]);
    return {
      ...check,
      findings,
      result: withState(check.result, principal, expectation, findings),
    };
  };
}

/**
 * The actions that are in one list of requests and not in another, worked out once for the lists of all that have the
 * same policies.
 */
function rememberedAccess(): (
  requests: readonly Request[],
  own: readonly Request[],
) => readonly FindingAction[] {
  const known = new WeakMap<readonly Request[], WeakMap<readonly Request[], readonly FindingAction[]>>();
  return (requests, own) => {
    const byOwn = known.get(requests) ?? new WeakMap<readonly Request[], readonly FindingAction[]>();
    known.set(requests, byOwn);
    const before = byOwn.get(own);
    if (before !== undefined) return before;
    const has = new Set(own.map(({ action }) => action));
    const beyond = accessOf(requests.filter(({ action }) => !has.has(action)));
    byOwn.set(own, beyond);
    return beyond;
  };
}
