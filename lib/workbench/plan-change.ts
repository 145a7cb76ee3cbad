import type { Finding } from '#lib/compare/types.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import type { PlannedPrincipal } from '#lib/iac/planned-principal.ts';
import type { Outlook, World } from '#lib/iac/worlds.ts';
import { type Access, accessOf, noAccess, sameAccess } from '#lib/past/access.ts';
import { compareAccess } from '#lib/past/access-change.ts';
import { unknownChange } from '#lib/past/unknown-change.ts';
import type { createWorldJudge } from './worlds.ts';

/** What a plan changes of a principal's access. */
export interface PlanChange {
  /** Gained, lost, and what is not settled; none: the access is proved to be the same. */
  readonly findings: readonly Finding[];
  /** Whether a finding of a check is about access that the plan changes. */
  concerns(finding: Finding): boolean;
}

const nothing: PlanChange = { findings: [], concerns: () => false };

/** Holds the access of a principal after a deployment against the access before it. */
export async function changeOf(
  { before, after }: Outlook,
  worlds: readonly World[],
  judge: ReturnType<typeof createWorldJudge>,
  baseline: Baseline,
): Promise<PlanChange> {
  const same = after.every((planned) => planned !== undefined && planned.principal === before?.principal);
  if (same) return nothing;
  const past = before === undefined ? noAccess : accessOf(before.principal);
  const there = after.some((planned) => planned !== undefined);
  const outlook = { after: there || before === undefined ? after : worlds.map(() => gone(before)) };
  const findings = await judge(outlook, async ({ principal }) => {
    const present = accessOf(principal);
    if (past === undefined || present === undefined) return [unknownChange(principal)];
    return differences(past, present, principal, baseline);
  });
  const changed = new Set((findings ?? []).flatMap((one) => one.actions.map(({ action }) => action)));
  const whole = (findings ?? []).some(({ actions }) => actions.length === 0);
  return {
    findings: findings ?? [],
    concerns: (finding) =>
      whole || finding.actions.length === 0
        ? changed.size > 0 || whole
        : finding.actions.some(({ action }) => changed.has(action)),
  };
}

function differences(
  past: Access,
  present: Access,
  principal: PlannedPrincipal['principal'],
  baseline: Baseline,
): readonly Finding[] {
  if (sameAccess(past, present)) return [];
  const { gained, lost } = compareAccess(past, present, { principal, baseline });
  return [...gained, ...lost];
}

/** Somebody who is deleted: there, with no policy left. */
function gone({ principal, ...planned }: PlannedPrincipal): PlannedPrincipal {
  const { boundary: _, ...rest } = principal;
  return { ...planned, principal: { ...rest, policies: [], groups: [], unreadable: [] } };
}
