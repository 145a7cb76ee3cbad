import type { PolicySource } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { indirectFinding } from '#lib/compare/indirect.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import { exempting } from '#lib/expectation/guards.ts';
import type { Expectation, Suppression } from '#lib/expectation/types.ts';
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
  >,
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
    const told = (judged: Sets) =>
      indirectFinding(principal, expectation, accountId, {
        ...(grown && { grown: gainOf(grown, own, judged) }),
        others: gainsOf(others, own, judged),
        exchanged: () => exchanged().map((one) => gainOf(one, own, judged)),
        unknown,
        // Of what it can come to only the worst is told, so it is accepted whole or not at all.
        suppressed: () => checker.suppressionOfAll(principal),
      });
    const indirect = withOthers(told, expectation, (finding) => checker.suppressionOf(finding, principal));
    if (indirect.length === 0) return check;
    const findings = sortFindings([...check.findings, ...indirect]);
    return {
      ...check,
      findings,
      result: withState(check.result, principal, expectation, findings),
    };
  };
}

type Sets = Expectation & { kind: 'sets' };

/**
 * What is told, and where somebody has accepted that by its id, the worst of what leads to anything else: a way that leads
 * to no other actions than those that are accepted opens nothing.
 *
 * @param told what is found of it that leads to more than somebody is expected to have
 */
function withOthers(
  told: (expected: Sets) => readonly Finding[],
  expected: Sets,
  suppressionOf: (finding: Finding) => Suppression | undefined,
): Finding[] {
  const [first, ...others] = told(expected);
  if (first === undefined || first.kind !== 'indirect' || first.suppressed !== undefined) {
    return first === undefined ? [] : [first, ...others];
  }
  const suppressed = suppressionOf(first);
  if (suppressed === undefined) return [first];
  const found = { ...first, suppressed };
  const accepted = first.actions.map(({ action }) => action);
  if (accepted.length === 0 || accepted.length === actions.length) return [found];
  return [found, ...withOthers(told, expecting(expected, accepted), suppressionOf)];
}

/** What is expected, and these actions, whatever guards demand. */
function expecting({ policies, guards, ...rest }: Sets, accepted: readonly string[]): Sets {
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: accepted, Resource: '*' }],
  });
  const more: PolicySource = { name: 'accepted', type: 'set', text };
  return {
    ...rest,
    policies: [...policies, more],
    guards: guards.map((guard) => exempting({ guard, appliesTo: 'both' }, [more]).guard),
  };
}
