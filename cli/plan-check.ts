import { type PlanFlags, planSource } from '#cli/plan-flags.ts';
import { principalFilter } from '#lib/account/principal-filter.ts';
import { InputError } from '#lib/errors.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { checkPlan, type PlanCheckOptions } from '#lib/workbench/plan.ts';

/** The check of the account as a plan will leave it. */
export async function runPlanCheck(
  plan: string,
  flags: PlanFlags & { readonly principal?: readonly string[]; readonly onlyChanges?: boolean },
  options: Pick<PlanCheckOptions, 'expectations' | 'guardrails' | 'onResult'>,
): Promise<CheckReport> {
  const { readings, base } = await planSource(plan, {
    ...flags,
    region: flags.region ?? options.expectations.baseline.region,
  });
  const wanted = flags.principal === undefined ? undefined : principalFilter(flags.principal);
  const report = await checkPlan(readings, {
    ...options,
    base,
    ...(flags.onlyChanges === true ? { onlyChanges: true } : {}),
    ...(wanted === undefined ? {} : { isWanted: ({ principal }) => wanted(principal) }),
  });
  if (wanted !== undefined && report.principals.length === 0) {
    throw new InputError(
      `${flags.principal?.join(', ')}: neither the plan nor the account knows anybody of that name`,
    );
  }
  return report;
}
