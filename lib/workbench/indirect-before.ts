import type { Account } from '#lib/account/types.ts';
import { indirectChecks } from '#lib/check/indirect.ts';
import type { Checker } from '#lib/check/principal.ts';
import type { PlannedPrincipal } from '#lib/iac/planned-principal.ts';
import { outlooks, type World } from '#lib/iac/worlds.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { admissionsAt } from './admissions-at.ts';
import type { PlannedReachOptions } from './planned-reach.ts';

/** The ids of what a principal could come to before a deployment. */
export type IndirectBefore = (before: PlannedPrincipal | undefined) => Promise<ReadonlySet<string>>;

/** Prepares the search for what principals could come to before a plan is deployed. */
export async function indirectBefore(
  worlds: readonly World[],
  base: Account | undefined,
  { baseline, guardrails, startedAt }: PlannedReachOptions,
  checker: Checker,
): Promise<IndirectBefore> {
  const callers = new Callers();
  for await (const { before } of outlooks(worlds.slice(0, 1), base, guardrails)) {
    if (before !== undefined) callers.see(before.principal);
  }
  const admissions = admissionsAt(baseline, guardrails);
  const reach = new Reach(admissions, callers, base?.identityPools);
  const withIndirect = indirectChecks(callers.all(), admissions, reach, checker, startedAt, base ?? {});
  return async (before) => {
    if (before === undefined) return new Set();
    const { findings } = withIndirect(await checker(before.principal));
    return new Set(findings.map(({ id }) => id));
  };
}
