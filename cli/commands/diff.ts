import { Command, Option } from 'commander';
import { runDiff } from '#cli/diff-sides.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { gated, writeStepSummary } from '#cli/gate-flags.ts';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { type PlanFlags, planSource, withPlanOptions } from '#cli/plan-flags.ts';
import { principalFilter } from '#lib/account/principal-filter.ts';
import { severities } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { InputError } from '#lib/errors.ts';
import { renderDiff } from '#lib/report/diff-text.ts';
import { exitCode } from '#lib/report/exit.ts';
import { renderAnnotations } from '#lib/report/github.ts';
import { renderJson } from '#lib/report/json.ts';
import { renderMarkdown } from '#lib/report/markdown.ts';

interface DiffFlags extends PlanFlags {
  readonly guardrails?: string;
  readonly expectations?: string;
  readonly principal?: string[];
  readonly format: 'text' | 'json' | 'github' | 'markdown';
  readonly output?: string;
  readonly failOn?: Severity;
}

/** `diff --plan FILE`: what a plan changes of each principal's access. */
export const diffCommand = (): Command =>
  withPlanOptions(
    new Command('diff')
      .description("compares every principal's access before and after, and proves what stays equal")
      .argument('[before]', 'an account file, an expectations file (with --account-details), or a set')
      .argument('[after]', 'another of the same kind; of the same set another version: @v10'),
  )
    .option('--guardrails <file>', "the organization's SCPs and RCPs above both accounts")
    .option(
      '--account-details <file>',
      'the account that the plan is put on, as `aws iam get-account-authorization-details` prints it',
    )
    .option('--expectations <file>', 'whose baseline is the normal request (default: expectations.yaml here)')
    .option('--region <region>', 'Region whose ARNs are asked about, where the expectations name none')
    .option('--principal <name...>', 'only these: role/NAME, user/NAME, or an ARN')
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 or 2 only for changes of this severity and above').choices([
        ...severities,
      ]),
    )
    .addOption(
      new Option('--format <format>', 'form of the report')
        .choices(['text', 'json', 'github', 'markdown'])
        .default('text'),
    )
    .option('--output <file>', 'write the report there instead of to the terminal')
    .addHelpText(
      'after',
      `
Examples:
  rekognition-permission-check diff AmazonRekognitionReadOnlyAccess@v4 @v10
  rekognition-permission-check diff yesterday.json today.json
  rekognition-permission-check diff main.yaml expectations.yaml --account-details account.json
  terraform show -json plan.out > plan.json
  rekognition-permission-check diff --plan plan.json
      what each role and user of the plan gains and loses, each with a request that shows it
  rekognition-permission-check diff --plan plan.json --account-details account.json
      on top of what the account has, so that nothing attached by hand is overlooked
  rekognition-permission-check diff --plan template.yaml --stack-name photos --parameter Stage=prod

Exit codes: 0 proved equal, 1 access is gained or lost, 2 something could not be determined, 3 usage or input error,
4 failure`,
    )
    .action(async (before: string | undefined, after: string | undefined, flags: DiffFlags) => {
      if (before !== undefined) {
        await runDiff(before, after, flags);
        return;
      }
      if (flags.plan === undefined)
        throw new InputError('diff needs two sides, or --plan FILE: what is about to be deployed');
      if (flags.output !== undefined) assertWritable(flags.output);
      const expectations = expectationsFrom(flags.expectations, flags.region, () => {});
      const { readings, base } = await planSource(flags.plan, {
        ...flags,
        region: flags.region ?? expectations.baseline.region,
      });
      const wanted = flags.principal === undefined ? undefined : principalFilter(flags.principal);
      const { diffPlan } = await import('#lib/check/plan.ts');
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
      const report = gated(compared, flags);
      if (flags.format === 'github') writeStepSummary(report);
      const text = rendered[flags.format](report);
      if (flags.output === undefined) process.stdout.write(text);
      else writeOutput(flags.output, text);
      process.exitCode = exitCode(report);
    });

const rendered = {
  text: renderDiff,
  json: renderJson,
  github: renderAnnotations,
  markdown: renderMarkdown,
} as const;
