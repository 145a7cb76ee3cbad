import { arnParts } from '#lib/account/arn.ts';
import { forWideOpen, reachFindings } from '#lib/compare/reach-findings.ts';
import { accessOf, isWideOpen, type Reached } from '#lib/compare/reached-principal.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import { outsideAccess } from '#lib/compare/shared-access.ts';
import { outsideWays } from '#lib/reach/known-ways.ts';
import type { Passing } from '#lib/reach/passing.ts';
import type { Reach } from '#lib/reach/reach.ts';
import { reachWords, shownWays } from '#lib/reach/words.ts';
import type { Checker, PrincipalCheck } from './principal.ts';
import { withState } from './status.ts';

/**
 * A check with who can act as the principal: findings about it, and the severity of the others by it.
 *
 * @param passing who can pass roles to services, told of those who can do something; absent: not told
 */
export function withReach(
  check: PrincipalCheck,
  reach: Reach,
  accessible: Checker['accessOf'],
  passing?: Pick<Passing, 'of'>,
): PrincipalCheck {
  const { principal, expectation, result } = check;
  if (principal.kind === 'user' || principal.serviceLinked) return check;
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
