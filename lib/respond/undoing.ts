import type { Principal } from '#lib/account/types.ts';
import type { Change } from '#lib/change/types.ts';
import type { PrincipalCheck } from '#lib/check/principal.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import { type Access, accessOf, noAccess } from '#lib/past/access.ts';
import { type AccessChange, compareAccess } from '#lib/past/access-change.ts';
import { type Before, isOfTrust, type UndoSteps, withEventUndo } from '#lib/past/undo-event.ts';
import type { Callers } from '#lib/reach/callers.ts';
import type { Undone } from './remember-look.ts';

interface Found extends Pick<PrincipalCheck, 'findings'> {
  readonly outside: PrincipalCheck['outside'] | undefined;
  readonly access: Access | undefined;
}

interface UndoingSteps extends Pick<UndoSteps, 'principal' | 'policyOf' | 'groupPoliciesOf'> {
  readonly callers: Callers;
  readonly baseline: Baseline;
  /** By the documents, with who can act as it. */
  readonly check: (principal: Principal) => Promise<Pick<PrincipalCheck, 'findings' | 'outside'>>;
}

/** What was found, with the commands that take back the events that led to it. */
export async function undoing(
  { findings, outside, access }: Found,
  changes: readonly Change[],
  before: Before,
  { check, callers, baseline, ...steps }: UndoingSteps,
): Promise<Undone> {
  if (changes.every((one) => one.edit === undefined && !isOfTrust(one))) return { findings };
  const { past } = before;
  const { principal } = steps;
  const gainedOf = (one: Principal, now: Access | undefined, since: Access) =>
    compareAccess(since, now ?? noAccess, { principal: one, callers, baseline });
  const judged = await withEventUndo(findings, changes, {
    ...steps,
    ...before,
    findingsOf: async (one) => (await check(one)).findings,
  });
  const newcomers = await withEventUndo(newsOf(outside), changes, {
    ...steps,
    ...before,
    findingsOf: async (one) => newsOf((await check(one)).outside),
  });
  const undone = { findings: judged, ...(outside && { outside: withNews(outside, newcomers) }) };
  if (past === undefined) return undone;
  const gained = await withEventUndo(gainedOf(principal, access, past).gained, changes, {
    ...steps,
    ...before,
    findingsOf: async (one) => gainedOf(one, accessOf(one), past).gained,
  });
  const remedies = new Map(gained.map((finding) => [finding.id, finding.remedies]));
  const changeSince = (since: Access): AccessChange => {
    const changed = gainedOf(principal, access, since);
    const told = changed.gained.map((one) => ({ ...one, remedies: remedies.get(one.id) ?? one.remedies }));
    return { ...changed, gained: told };
  };
  return { ...undone, changeSince };
}

type Outside = NonNullable<PrincipalCheck['outside']>;

const newsOf = (outside: Outside = []): readonly Finding[] => outside.flatMap(({ news }) => news ?? []);

function withNews(outside: Outside, told: readonly Finding[]): Outside {
  const byId = new Map(told.map((finding) => [finding.id, finding]));
  return outside.map((way) =>
    way.news === undefined ? way : { ...way, news: byId.get(way.news.id) ?? way.news },
  );
}
