import { Command, Option } from 'commander';
import { runDiff } from '#cli/diff-sides.ts';
import { refuseIdle } from '#cli/idle-options.ts';
import { type PlanDiffFlags, runPlanDiff } from '#cli/plan-diff.ts';
import { withPlanOptions } from '#cli/plan-flags.ts';
import { severities } from '#lib/catalog/severity.ts';
import { InputError } from '#lib/errors.ts';

interface DiffFlags extends PlanDiffFlags {
  readonly guardrails?: string;
}

/** `diff BEFORE AFTER`, or `diff --plan FILE`: what each principal gains and loses. */
export const diffCommand = (): Command =>
  withPlanOptions(
    new Command('diff')
      .description("compares every principal's access before and after, and proves what stays equal")
      .argument(
        '[before]',
        'an account file, an expectations file (with --account-details), a report (JSON), or a set',
      )
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
    .addHelpText('after', help)
    .action(async (before: string | undefined, after: string | undefined, flags: DiffFlags) => {
      if (before === undefined) {
        const why =
          'is for two sides: check --plan takes it, and judges the account as the plan will leave it';
        refuseIdle(flags, ['guardrails'], why);
        await runPlanDiff(flags);
        return;
      }
      if (flags.plan !== undefined) {
        throw new InputError('diff takes two sides, or --plan FILE and what is there (--account-details)');
      }
      refuseIdle(flags, ofPlans, 'is for --plan: two sides are compared whole');
      await runDiff(before, after, flags);
    });

const ofPlans = ['principal', 'failOn', 'accountId', 'stackName', 'parameter'] as const;

const help = `
Examples:
  rekognition-permission-check diff AmazonRekognitionReadOnlyAccess@v4 @v10
  rekognition-permission-check diff yesterday.json today.json
      two accounts, or two reports of check --format json
  rekognition-permission-check diff main.yaml expectations.yaml --account-details account.json
  terraform show -json plan.out > plan.json
  rekognition-permission-check diff --plan plan.json
      what each role and user of the plan gains and loses, each with a request that shows it
  rekognition-permission-check diff --plan plan.json --principal 'role/ci-*' \\
      --fail-on high --format markdown --output diff.md
  rekognition-permission-check diff yesterday.json today.json --guardrails guardrails.yaml --expectations team/expectations.yaml \\
      --region eu-west-1
  rekognition-permission-check diff --plan plan.json --account-details account.json
      on top of what the account has, so that nothing attached by hand is overlooked
  rekognition-permission-check diff --plan template.yaml --stack-name photos --parameter Stage=prod

Exit codes: 0 proved equal, 1 access is gained or lost, 2 something could not be determined, 3 usage or input error,
4 failure`;
