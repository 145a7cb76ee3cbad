import { arnParts } from '#lib/account/arn.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { indirectFinding } from '#lib/compare/indirect.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Suppression } from '#lib/expectation/types.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { Indirections } from '#lib/reach/indirect.ts';
import type { Reach } from '#lib/reach/reach.ts';
import { RememberedGains } from './indirect-gains.ts';
import { surroundingsIn } from './indirect-surroundings.ts';
import type { Checker, PrincipalCheck } from './principal.ts';
import type { Onward } from './reached.ts';
import { withState } from './status.ts';

/** A check with what its principal can give itself, or pass on. */
export interface WithIndirect {
  (check: PrincipalCheck): PrincipalCheck;
  /** What whoever acts as a principal comes to, where that is no finding of the principal; undefined: nothing more. */
  onward(check: PrincipalCheck): Onward | undefined;
}

/** Prepares the search for what principals can give themselves, or pass on. */
export function indirectChecks(
  all: Iterable<Principal>,
  admissions: Admissions,
  reach: Reach,
  checker: Pick<
    Checker,
    | 'accessOf'
    | 'gained'
    | 'kindOf'
    | 'isUnknown'
    | 'mayGain'
    | 'suppressionOf'
    | 'suppressionOfAll'
    | 'unsettled'
    | 'until'
    | 'expectationOf'
  >,
  now: Date,
  account: Pick<Account, 'groups' | 'managedPolicies' | 'otherVersions'>,
): WithIndirect {
  let found: Indirections | undefined;
  const indirections = () => {
    found ??= indirectionsIn([...all]);
    return found;
  };
  const indirectionsIn = (principals: readonly Principal[]) => {
    const unjudged = () =>
      principals.filter((one) => one.kind === 'role' && checker.expectationOf(one).kind === 'any');
    const surroundings = surroundingsIn(account, principals, checker, unjudged);
    return new Indirections(admissions, reach, surroundings, now);
  };
  const gains = new RememberedGains(checker);
  const withIndirect = (check: PrincipalCheck): PrincipalCheck => {
    const { principal, expectation } = check;
    if (expectation.kind === 'any' || !indirections().mayComeToMore(principal)) return check;
    const own = { principal, does: checker.accessOf(principal), expectation };
    const { grown, others, exchanged, unknown } = indirections().of(principal);
    const { accountId } = arnParts(principal.arn);
    const told = (accepted: ReadonlySet<string>) => {
      const asked = { ...own, accepted };
      return indirectFinding(principal, expectation, accountId, {
        ...(grown && { grown: gains.of(grown, asked) }),
        others: gains.ofAll(others, asked),
        exchanged: () => exchanged().map((one) => gains.of(one, asked)),
        unknown,
        // Of what it can come to only the worst is told, so it is accepted whole or not at all.
        suppressed: () => checker.suppressionOfAll(principal),
      });
    };
    const indirect = withOthers(told, (finding) => checker.suppressionOf(finding, principal));
    if (indirect.length === 0) return check;
    const findings = sortFindings([...check.findings, ...indirect]);
    return {
      ...check,
      findings,
      result: withState(check.result, principal, expectation, findings),
    };
  };
  const onward: WithIndirect['onward'] = ({ principal, expectation }) => {
    // What it can do as it is stands for who comes to it, where what it can come to is told of itself.
    if (expectation.kind !== 'any' && checker.accessOf(principal).length > 0) return undefined;
    const found = indirections().onward(principal);
    return found && { ...found, does: checker.accessOf(found.as) };
  };
  return Object.assign(withIndirect, { onward });
}

/**
 * What is told, and where somebody has accepted that by its id, the worst of what leads to anything else: a way that leads
 * to no other actions than those that are accepted opens nothing.
 *
 * @param told what is found of ways that lead to more than actions that are accepted
 */
function withOthers(
  told: (accepted: ReadonlySet<string>) => readonly Finding[],
  suppressionOf: (finding: Finding) => Suppression | undefined,
  accepted: ReadonlySet<string> = none,
): Finding[] {
  const [first, ...others] = told(accepted);
  if (first === undefined) return [];
  if (first.kind !== 'indirect' || first.suppressed !== undefined) return [first, ...others];
  const suppressed = suppressionOf(first);
  if (suppressed === undefined) return [first];
  const names = first.actions.map(({ action }) => action);
  return [{ ...first, suppressed }, ...withOthers(told, suppressionOf, new Set([...accepted, ...names]))];
}

const none: ReadonlySet<string> = new Set();
