import { Command, Option } from 'commander';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { explainHint } from '#cli/explain-hint.ts';
import { type GateFlags, gated, withGateOptions, writeStepSummary } from '#cli/gate-flags.ts';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { runPlanCheck } from '#cli/plan-check.ts';
import { type PlanFlags, withPlanOptions } from '#cli/plan-flags.ts';
import { progressOn } from '#cli/progress.ts';
import { guardrailsOf, iamOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { accountFromFile } from '#lib/account/from-file.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { checkAccount } from '#lib/check/account.ts';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { exitCode } from '#lib/report/exit.ts';
import { renderAnnotations } from '#lib/report/github.ts';
import { renderJson } from '#lib/report/json.ts';
import { renderMarkdown } from '#lib/report/markdown.ts';
import { renderText, type TextOptions } from '#lib/report/text.ts';
import type { CheckReport } from '#lib/report/types.ts';

interface CheckFlags extends SourceFlags, GateFlags, Omit<PlanFlags, keyof SourceFlags> {
  readonly principal?: string[];
  readonly format: 'text' | 'json' | 'github' | 'markdown';
  readonly output?: string;
  readonly details?: boolean;
}

/** `check`: the whole check of an account, of a file, or of what answers at AWS_ENDPOINT_URL. */
export const checkCommand = (): Command =>
  withGateOptions(
    withPlanOptions(
      withSourceOptions(
        new Command('check').description(
          'checks what every IAM user and role can do in Rekognition against what it should be able to do',
        ),
      ),
    ),
  )
    .option('--principal <name...>', 'only these: role/NAME, user/NAME, or an ARN')
    .addOption(
      new Option('--format <format>', 'form of the report')
        .choices(['text', 'json', 'github', 'markdown'])
        .default('text'),
    )
    .option('--output <file>', 'write the report there instead of to the terminal')
    .option('--details', 'below each finding: why, and what to do')
    .addHelpText(
      'after',
      `
Without an expectations file, a principal with Rekognition managed policies attached should have exactly what those
grant, and everybody else nothing; administrators are listed, not judged.

Examples:
  aws iam get-account-authorization-details > account.json
  rekognition-permission-check check --account-details account.json
      evaluates the policies of the file; needs no credentials
  rekognition-permission-check check --profile audit --details
      asks IAM itself; needs iam:GetAccountAuthorizationDetails and iam:SimulatePrincipalPolicy
  terraform show -json plan.out > plan.json
  rekognition-permission-check check --plan plan.json --account-details account.json
      the account as the plan would leave it
  rekognition-permission-check check --principal role/analyst user/bob --format json --output report.json

Exit codes: 0 as expected, 1 findings, 2 something could not be determined, 3 usage or input error, 4 failure
(no credentials, no permission, AWS out of reach)`,
    )
    .action(async (flags: CheckFlags) => {
      if (flags.output !== undefined) assertWritable(flags.output);
      const progress = progressOn(process.stderr, 'principals checked');
      const report = gated(await runCheck(flags, progress.step).finally(progress.end), flags);
      if (flags.format === 'github') writeStepSummary(report);
      const text = render[flags.format](report, flags);
      if (flags.output === undefined) process.stdout.write(text);
      else writeOutput(flags.output, text);
      process.exitCode = exitCode(report);
    });

async function runCheck(flags: CheckFlags, onResult: () => void): Promise<CheckReport> {
  const expectations = expectationsFrom(flags.expectations, flags.region, (line) =>
    process.stderr.write(`${line}\n`),
  );
  const common = { expectations, guardrails: await guardrailsOf(flags), named: flags.principal, onResult };
  if (flags.plan !== undefined) return runPlanCheck(flags.plan, flags, common);
  if (flags.accountDetails !== undefined) {
    return checkAccount(await accountFromFile(flags.accountDetails), {
      ...common,
      input: flags.accountDetails,
    });
  }
  const { client, pace } = iamOf(flags);
  const account = await accountFromIam(client, { pace });
  const simulate = shareAnswers(simulateWith(client, pace));
  return checkAccount(account, { ...common, simulate });
}

const render = {
  text: (report: CheckReport, flags: CheckFlags) => renderText(report, textOptions(flags)),
  json: renderJson,
  github: renderAnnotations,
  markdown: renderMarkdown,
} as const;

function textOptions(flags: CheckFlags): TextOptions {
  const { details = false, output, plan } = flags;
  const terminal = output === undefined && process.stdout.isTTY;
  const width = terminal ? process.stdout.columns : Number(process.env.COLUMNS);
  return {
    details,
    // What a plan would do is not there to be explained yet.
    ...(plan === undefined ? { explain: explainHint(flags) } : {}),
    color: terminal && !process.env.NO_COLOR,
    ...(width > 0 && { width }),
  };
}
