import { arnParts } from '#lib/account/arn.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import { indirectFinding } from '#lib/compare/indirect.ts';
import { accessOf } from '#lib/compare/reached-principal.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { Indirections } from '#lib/reach/indirect.ts';
import { PolicyVersions } from '#lib/reach/policy-versions.ts';
import type { Reach } from '#lib/reach/reach.ts';
import { rememberedGains } from './indirect-gains.ts';
import type { Checker, PrincipalCheck } from './principal.ts';
import { withState } from './status.ts';

/** Prepares the search for what principals can give themselves, or pass on. */
export function indirectChecks(
  all: Iterable<Principal>,
  admissions: Admissions,
  reach: Reach,
  checker: Pick<Checker, 'accessOf' | 'gained' | 'kindOf' | 'mayGain' | 'suppressionOfAll' | 'until'>,
  now: Date,
  account: Pick<Account, 'groups' | 'managedPolicies' | 'otherVersions'>,
): (check: PrincipalCheck) => PrincipalCheck {
  let found: Indirections | undefined;
  const doesMoreThan = (principal: Principal) => (one: Principal) =>
    checker.gained(one, principal).length > 0;
  const worstFirst = <One extends Principal>(principals: readonly One[]): readonly One[] => {
    const targets = principals.flatMap((principal) => {
      const access = accessOf(checker.accessOf(principal));
      return access.length === 0
        ? []
        : [{ principal, worst: worst(access.map(({ severity }) => severity)), count: access.length }];
    });
    targets.sort((a, b) => compareSeverity(a.worst, b.worst) || b.count - a.count);
    return targets.map(({ principal }) => principal);
  };
  const indirections = () => {
    if (found !== undefined) return found;
    const everybody = [...all];
    const versions = new PolicyVersions(account.otherVersions?.() ?? []);
    const surroundings = {
      targets: worstFirst(everybody),
      unbounded: worstFirst(everybody.flatMap(unbounded)),
      switched: worstFirst(
        everybody.flatMap((one) => [...versions.switchesOf(one)].filter(doesMoreThan(one))),
      ),
      versions,
      all: everybody,
      groups: [...(account.groups?.() ?? [])],
      policies: [...(account.managedPolicies?.() ?? [])].filter(({ type }) => type === 'customer-managed'),
      kindOf: checker.kindOf,
    };
    found = new Indirections(admissions, reach, surroundings, now);
    return found;
  };
  const { gainOf, gainsOf } = rememberedGains(checker);
  return (check) => {
    const { principal, expectation } = check;
    if (expectation.kind === 'any' || !Indirections.mayEscalate(principal)) return check;
    const own = { principal, does: checker.accessOf(principal) };
    const { grown, others, exchanged, unknown } = (found ?? indirections()).of(principal);
    const { accountId } = arnParts(principal.arn);
    const indirect = indirectFinding(principal, expectation, accountId, {
      ...(grown && { grown: gainOf(grown, own, expectation) }),
      others: gainsOf(others, own, expectation),
      exchanged: () => exchanged().map((one) => gainOf(one, own, expectation)),
      unknown,
      // Of what it can come to only the worst is told, so it is accepted whole or not at all.
      suppressed: () => checker.suppressionOfAll(principal),
    });
    if (indirect.length === 0) return check;
    const findings = sortFindings([...check.findings, ...indirect]);
    return {
      ...check,
      findings,
      result: withState(check.result, principal, expectation, findings),
    };
  };
}

/** A role without the boundary that it has. */
function unbounded({ boundary, ...principal }: Principal): readonly Principal[] {
  return boundary === undefined || principal.kind === 'user' ? [] : [principal];
}
