import type { Request } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import { type Gain, indirectFinding } from '#lib/compare/indirect.ts';
import { accessOf } from '#lib/compare/reached-principal.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { type Indirect, Indirections } from '#lib/reach/indirect.ts';
import { PolicyVersions } from '#lib/reach/policy-versions.ts';
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
  account: Pick<Account, 'groups' | 'otherVersions'>,
): (check: PrincipalCheck) => PrincipalCheck {
  let found: Indirections | undefined;
  const doesMoreThan = (principal: Principal) => {
    const does = new Set(checker.accessOf(principal).map(({ action }) => action));
    return (one: Principal) => checker.accessOf(one).some(({ action }) => !does.has(action));
  };
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
    };
    found = new Indirections(admissions, reach, surroundings, now);
    return found;
  };
  const { gainOf, gainsOf } = rememberedGains(checker);
  return (check) => {
    const { principal, expectation } = check;
    if (expectation.kind === 'any' || !Indirections.mayEscalate(principal)) return check;
    const own = checker.accessOf(principal);
    const { grown, others, exchanged, unknown } = (found ?? indirections()).of(principal);
    const { accountId } = arnParts(principal.arn);
    const indirect = indirectFinding(principal, expectation, accountId, {
      ...(grown && { grown: gainOf(grown, own, expectation) }),
      others: gainsOf(others, own, expectation),
      exchanged: () => exchanged().map((one) => gainOf(one, own, expectation)),
      unknown,
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

/** What is gained, worked out once for lists that are shared by principals alike. */
function rememberedGains({ unexpectedAccessOf }: Pick<Checker, 'unexpectedAccessOf'>) {
  const gained = remembered((own: readonly Request[]) => {
    const has = new Set(own.map(({ action }) => action));
    return remembered((requests: readonly Request[]) =>
      accessOf(requests.filter(({ action }) => !has.has(action))),
    );
  });
  const unexpected = remembered((expectation: Expectation) =>
    remembered((as: Principal) => unexpectedAccessOf(as, expectation)),
  );
  const gainOf = (indirect: Indirect, own: readonly Request[], expectation: Expectation): Gain => ({
    indirect,
    access: gained(own)(unexpected(expectation)(indirect.as)),
  });
  const gains = remembered((indirects: readonly Indirect[]) =>
    remembered((own: readonly Request[]) =>
      remembered((expectation: Expectation) => indirects.map((one) => gainOf(one, own, expectation))),
    ),
  );
  const gainsOf = (indirects: readonly Indirect[], own: readonly Request[], expectation: Expectation) =>
    gains(indirects)(own)(expectation);
  return { gainOf, gainsOf };
}

/** The same function, that works out its answer once for each object. */
function remembered<From extends object, To extends object>(work: (from: From) => To): (from: From) => To {
  const known = new WeakMap<From, To>();
  return (from) => {
    const before = known.get(from);
    if (before !== undefined) return before;
    const made = work(from);
    known.set(from, made);
    return made;
  };
}
