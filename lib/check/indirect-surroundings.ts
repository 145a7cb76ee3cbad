import type { PolicySource } from '@permission-check/iam-policy';
import type { Account, Principal } from '#lib/account/types.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import { accessOf } from '#lib/compare/reached-principal.ts';
import { newPrincipal } from '#lib/reach/afterwards.ts';
import { withoutBoundary } from '#lib/reach/all-targets.ts';
import { attachablePolicies } from '#lib/reach/attachable.ts';
import { PolicyVersions } from '#lib/reach/policy-versions.ts';
import type { Surroundings } from '#lib/reach/surroundings.ts';
import type { Checker } from './principal.ts';

type Judge = Pick<Checker, 'accessOf' | 'gained' | 'kindOf' | 'isUnknown'>;

/** What there is in an account to come to, the worst first. */
export function surroundingsIn(
  account: Pick<Account, 'groups' | 'managedPolicies' | 'otherVersions'>,
  all: readonly Principal[],
  checker: Judge,
  unjudged: () => readonly Principal[],
): Surroundings {
  const versions = new PolicyVersions(account.otherVersions?.() ?? []);
  const policies = [...(account.managedPolicies?.() ?? [])].filter(({ type }) => type === 'customer-managed');
  const doesMoreThan = (principal: Principal) => (one: Principal) =>
    checker.gained(one, principal).length > 0;
  let boundaries: readonly PolicySource[] | undefined;
  return {
    targets: () => worstFirst(all, checker),
    unbounded: () => worstFirst(all.flatMap(withoutBoundary), checker),
    switched: () =>
      worstFirst(
        all.flatMap((one) => [...versions.switchesOf(one)].filter(doesMoreThan(one))),
        checker,
      ),
    unjudged,
    versions,
    all,
    groups: [...(account.groups?.() ?? [])],
    policies,
    boundaries: () => {
      boundaries ??= all.slice(0, 1).flatMap((of) => boundariesFor(of, policies, checker));
      return boundaries;
    },
    worstFirst: (some) => all.slice(0, 1).flatMap((of) => givingFirst(of, some, checker)),
    kindOf: checker.kindOf,
    opens: (as, beyond) => {
      const access = accessOf(checker.gained(as, beyond));
      return access.length === 0 ? undefined : worst(access.map(({ severity }) => severity));
    },
  };
}

/** The policies within which a new principal of somebody's account can do something, if it has all others. */
function boundariesFor(of: Principal, own: readonly PolicySource[], checker: Judge): readonly PolicySource[] {
  const bounded = [...own, ...attachablePolicies(of.arn)].map((boundary) => ({
    ...newPrincipal(of),
    boundary,
  }));
  return worstFirst(bounded, checker).map(({ boundary }) => boundary);
}

/** The policies by which a new principal of somebody's account can do something, if it has no other. */
function givingFirst(of: Principal, some: readonly PolicySource[], checker: Judge): readonly PolicySource[] {
  const having = some.map((given) => ({ ...newPrincipal(of, [given]), given }));
  return worstFirst(having, checker).map(({ given }) => given);
}

/** Those that can do something, by the worst of it, and last those of whom it is not known that they cannot. */
function worstFirst<One extends Principal>(principals: readonly One[], checker: Judge): readonly One[] {
  const targets = principals.flatMap((principal) => {
    const access = accessOf(checker.accessOf(principal));
    if (access.length === 0 && !checker.isUnknown(principal)) return [];
    return [{ principal, worst: worst(access.map(({ severity }) => severity)), count: access.length }];
  });
  const isKnown = ({ count }: { count: number }) => Number(count > 0);
  targets.sort((a, b) => isKnown(b) - isKnown(a) || compareSeverity(a.worst, b.worst) || b.count - a.count);
  return targets.map(({ principal }) => principal);
}
