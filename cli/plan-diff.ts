import { expectationsFrom } from '#cli/expectations-file.ts';
import { type GateFlags, gateOf, writeStepSummary } from '#cli/gate-flags.ts';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { type PlanFlags, planSource } from '#cli/plan-flags.ts';
import { principalFilter } from '#lib/account/principal-filter.ts';
import { InputError } from '#lib/errors.ts';
import { renderDiff } from '#lib/report/diff-text.ts';
import { exitCode } from '#lib/report/exit.ts';
import { renderAnnotations } from '#lib/report/github.ts';
import { renderMarkdown } from '#lib/report/markdown.ts';
import { renderJson } from '#lib/report/report-file.ts';
import type { CheckReport } from '#lib/report/types.ts';

export interface PlanDiffFlags extends PlanFlags, Pick<GateFlags, 'failOn'> {
  readonly expectations?: string;
  readonly principal?: readonly string[];
  readonly format: 'text' | 'json' | 'github' | 'markdown';
  readonly output?: string;
}

const rendered = {
  text: (report: CheckReport) => renderDiff(report, process.stdout.columns ?? 80),
  json: renderJson,
  github: renderAnnotations,
  markdown: renderMarkdown,
} as const;

/** `diff --plan FILE`: what a plan changes of each principal's access. */
export async function runPlanDiff(flags: PlanDiffFlags): Promise<void> {
  if (flags.plan === undefined) {
    throw new InputError('diff needs two sides, or --plan FILE: what is about to be deployed');
  }
  if (flags.output !== undefined) assertWritable(flags.output);
  const report = gateOf(flags)(await comparedByPlan(flags.plan, flags));
  if (flags.format === 'github') writeStepSummary(report);
  const text = rendered[flags.format](report);
  if (flags.output === undefined) process.stdout.write(text);
  else writeOutput(flags.output, text);
  process.exitCode = exitCode(report);
}

async function comparedByPlan(plan: string, flags: PlanDiffFlags): Promise<CheckReport> {
  const expectations = expectationsFrom(flags.expectations, flags.region, () => {});
  const { readings, base } = await planSource(plan, {
    ...flags,
    region: flags.region ?? expectations.baseline.region,
  });
  const wanted = flags.principal === undefined ? undefined : principalFilter(flags.principal);
  const { diffPlan } = await import('#lib/workbench/plan.ts');
  const compared = await diffPlan(readings, {
    expectations,
    base,
    ...(wanted === undefined ? {} : { isWanted: ({ principal }) => wanted(principal) }),
  });
  if (wanted !== undefined && compared.principals.length === 0) {
    throw new InputError(
      `${flags.principal?.join(', ')}: neither the plan nor the account knows anybody of that name`,
    );
  }
  return compared;
}
