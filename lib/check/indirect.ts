import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import { indirectFinding } from '#lib/compare/indirect.ts';
import { accessOf } from '#lib/compare/reach-findings.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { Indirections } from '#lib/reach/indirect.ts';
import type { Reach } from '#lib/reach/reach.ts';
import type { Checker, PrincipalCheck } from './principal.ts';
import { statusOf } from './status.ts';

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
  return (check) => {
    const { principal, expectation } = check;
    if (expectation.kind === 'any' || !Indirections.mayEscalate(principal)) return check;
    const has = new Set(checker.accessOf(principal).map(({ action }) => action));
    const gains = (found ?? indirections()).of(principal).map((indirect) => ({
      indirect,
      access: accessOf(
        checker.unexpectedAccessOf(indirect.as, expectation).filter(({ action }) => !has.has(action)),
      ),
    }));
    const { accountId } = arnParts(principal.arn);
    const own = indirectFinding(principal, expectation, accountId, gains);
    if (own.length === 0) return check;
    const findings = sortFindings([...check.findings, ...own]);
    return {
      ...check,
      findings,
      result: { ...check.result, status: statusOf(principal, expectation, findings) },
    };
  };
}
