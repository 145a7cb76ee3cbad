import { arnParts } from '#lib/account/arn.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { indirectFinding } from '#lib/compare/indirect.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { Indirections } from '#lib/reach/indirect.ts';
import type { Reach } from '#lib/reach/reach.ts';
import { rememberedGains } from './indirect-gains.ts';
import { surroundingsIn } from './indirect-surroundings.ts';
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
  const indirections = () => {
    found ??= new Indirections(admissions, reach, surroundingsIn(account, [...all], checker), now);
    return found;
  };
  const { gainOf, gainsOf } = rememberedGains(checker);
  return (check) => {
    const { principal, expectation } = check;
    if (expectation.kind === 'any' || !Indirections.mayEscalate(principal)) return check;
    const own = { principal, does: checker.accessOf(principal) };
    const { grown, others, exchanged, unknown } = indirections().of(principal);
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
