import type { Request } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { forWideOpen, reachFindings } from '#lib/compare/reach-findings.ts';
import { accessOf, isWideOpen, type Reached } from '#lib/compare/reached-principal.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import { outsideAccess } from '#lib/compare/shared-access.ts';
import { outsideWays } from '#lib/reach/known-ways.ts';
import type { Passing } from '#lib/reach/passing.ts';
import type { Reach } from '#lib/reach/reach.ts';
import type { Step } from '#lib/reach/steps.ts';
import { reachWords, shownWays } from '#lib/reach/words.ts';
import type { Checker, PrincipalCheck } from './principal.ts';
import { withState } from './status.ts';

/** What whoever acts as a principal comes to by some steps more. */
export interface Onward {
  readonly steps: readonly Step[];
  readonly does: readonly Request[];
}

/** What else there is to tell of who can act as a principal. */
interface Beside {
  /** Who can pass roles to services, told of those who can do something; absent: not told. */
  readonly passing?: Pick<Passing, 'of'>;
  /** What whoever acts as a principal comes to beyond what that can do as it is; absent: nobody looks. */
  readonly onward?: (check: PrincipalCheck) => Onward | undefined;
}

/** A check with who can act as the principal: findings about it, and the severity of the others by it. */
export function withReach(
  check: PrincipalCheck,
  reach: Reach,
  direct: Checker['accessOf'],
  { passing, onward: onwardOf }: Beside = {},
): PrincipalCheck {
  const { principal, expectation, result } = check;
  if (principal.kind === 'user' || principal.serviceLinked) return check;
  const onward = onwardOf?.(check);
  const accessible = (one: Principal) => together(direct(one), onward?.does ?? []);
  const ways = reach.waysInto(principal);
  const road = reach.roadTo(principal);
  const judged =
    expectation.assumedBy !== undefined ||
    ways.some((way) => isWideOpen(way) || way.deputy === true || way.problem !== undefined);
  const wide = road !== undefined && isWideOpen(road.way);
  const fromOutside = outsideWays(road, ways).length > 0;
  const access = judged || fromOutside ? accessOf(accessible(principal)) : [];
  const { accountId } = arnParts(principal.arn);
  const reached: Reached = {
    accountId,
    principal,
    expectation,
    ways,
    road,
    closedPools: reach.closedPools(principal),
    ownCallers: () => reach.ownCallersOf(principal),
    letsIn: (identity) => reach.letsIn(principal, identity),
    admits: (asker) => reach.admits(principal, asker),
    access,
    ...(onward && { by: [...new Set(onward.steps.flatMap(({ actions }) => actions))] }),
  };
  const exposures = reachFindings(reached);
  const outside = fromOutside ? outsideAccess(reached) : [];
  // Without the name, which stands beside it: principals alike have the same note.
  const shared = outside.flatMap(({ news }) => news?.summary.slice(news.subject.length + 1) ?? []);
  const passed = passing && accessible(principal).length > 0 ? passing.of(principal) : [];
  const reachedBy = reachWords(road, ways, passed);
  const own = wide ? check.findings.map(forWideOpen) : check.findings;
  if (exposures.length === 0 && own === check.findings && reachedBy === undefined)
    return { ...check, outside };
  const findings = sortFindings([...own, ...exposures]).map((finding) =>
    reachedBy === undefined ? finding : { ...finding, reachedBy },
  );
  return {
    ...check,
    findings,
    outside,
    result: withState(
      {
        ...result,
        ...(reachedBy !== undefined && {
          reachedBy,
          waysIn: shownWays(road, ways, passed),
        }),
        ...(shared.length > 0 && { shared }),
      },
      principal,
      expectation,
      findings,
    ),
  };
}

/** The same list where nothing is added, so that work about it is shared. */
function together(direct: readonly Request[], more: readonly Request[]): readonly Request[] {
  const known = new Set(direct.map(({ action }) => action));
  const others = more.filter(({ action }) => !known.has(action));
  return others.length === 0 ? direct : [...direct, ...others];
}
