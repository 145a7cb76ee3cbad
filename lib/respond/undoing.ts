import type { Principal } from '#lib/account/types.ts';
import type { Change } from '#lib/change/types.ts';
import { type Access, accessOf, noAccess } from '#lib/check/access.ts';
import { type AccessChange, compareAccess } from '#lib/check/access-change.ts';
import type { PrincipalCheck } from '#lib/check/principal.ts';
import { type UndoSteps, withEventUndo } from '#lib/check/undo-event.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import type { Callers } from '#lib/reach/callers.ts';
import type { Undone } from './check-chunk.ts';

interface Found {
  readonly findings: readonly Finding[];
  readonly access: Access | undefined;
}

interface UndoingSteps extends Pick<UndoSteps, 'principal' | 'policyOf' | 'groupPoliciesOf'> {
  readonly callers: Callers;
  readonly baseline: Baseline;
  readonly check: (principal: Principal) => Promise<Pick<PrincipalCheck, 'findings'>>;
}

/** What was found, with the commands that take back the events that led to it. */
export async function undoing(
  { findings, access }: Found,
  changes: readonly Change[],
  past: Access | undefined,
  { check, callers, baseline, ...steps }: UndoingSteps,
): Promise<Undone> {
  if (changes.every(({ edit }) => edit === undefined)) return { findings };
  const { principal } = steps;
  const gainedOf = (one: Principal, now: Access | undefined, since: Access) =>
    compareAccess(since, now ?? noAccess, { principal: one, callers, baseline });
  const judged = await withEventUndo(findings, changes, {
    ...steps,
    past,
    findingsOf: async (one) => (await check(one)).findings,
  });
  if (past === undefined) return { findings: judged };
  const gained = await withEventUndo(gainedOf(principal, access, past).gained, changes, {
    ...steps,
    past,
    findingsOf: async (one) => gainedOf(one, accessOf(one), past).gained,
  });
  const remedies = new Map(gained.map((finding) => [finding.id, finding.remedies]));
  const changeSince = (since: Access): AccessChange => {
    const changed = gainedOf(principal, access, since);
    const told = changed.gained.map((one) => ({ ...one, remedies: remedies.get(one.id) ?? one.remedies }));
    return { ...changed, gained: told };
  };
  return { findings: judged, changeSince };
}
