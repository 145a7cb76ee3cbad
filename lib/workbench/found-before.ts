import type { Account } from '#lib/account/types.ts';
import { indirectChecks } from '#lib/check/indirect.ts';
import type { Checker } from '#lib/check/principal.ts';
import { withReach } from '#lib/check/reached.ts';
import type { PlannedPrincipal } from '#lib/iac/planned-principal.ts';
import { outlooks, type World } from '#lib/iac/worlds.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { admissionsAt } from './admissions-at.ts';
import type { PlannedReachOptions } from './planned-reach.ts';

/** The ids of what was found of a principal before a deployment, who could act as it and what it could come to among it. */
export type FoundBefore = (before: PlannedPrincipal | undefined) => Promise<ReadonlySet<string>>;

/** Prepares the check of the principals as they are before a plan is deployed. */
export async function foundBefore(
  worlds: readonly World[],
  base: Account | undefined,
  { baseline, guardrails, startedAt }: PlannedReachOptions,
  checker: Checker,
): Promise<FoundBefore> {
  const callers = new Callers();
  for await (const { before } of outlooks(worlds.slice(0, 1), base, guardrails)) {
    if (before !== undefined) callers.see(before.principal);
  }
  const admissions = admissionsAt(baseline, guardrails);
  const reach = new Reach(admissions, callers, base?.identityPools);
  const withIndirect = indirectChecks(callers.all(), admissions, reach, checker, startedAt, base ?? {});
  return async (before) => {
    if (before === undefined) return new Set();
    const { findings } = withReach(withIndirect(await checker(before.principal)), reach, checker.accessOf);
    return new Set(findings.map(({ id }) => id));
  };
}
