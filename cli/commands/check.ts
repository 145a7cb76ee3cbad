import { Command } from 'commander';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { explainHint } from '#cli/explain-hint.ts';
import { type GateFlags, gated, withGateOptions, writeStepSummary } from '#cli/gate-flags.ts';
import { type PlanFlags, withPlanOptions } from '#cli/plan-flags.ts';
import { progressOn } from '#cli/progress.ts';
import {
  destinations,
  formatNames,
  showsAccess,
  type Wanted,
  wantedFormat,
  writeReports,
} from '#cli/report-formats.ts';
import { guardrailsOf, iamOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { accountFromFile } from '#lib/account/from-file.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { accessSurvey } from '#lib/check/access-survey.ts';
import { checkAccount } from '#lib/check/account.ts';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { exitCode } from '#lib/report/exit.ts';
import type { TextOptions } from '#lib/report/text.ts';
import type { CheckReport } from '#lib/report/types.ts';

interface CheckFlags extends SourceFlags, GateFlags, Omit<PlanFlags, keyof SourceFlags> {
  readonly principal?: string[];
  readonly format?: readonly Wanted[];
  readonly output?: string;
  readonly access?: boolean;
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
    .option('--principal <name...>', 'only these: role/NAME, user/NAME, or an ARN; with wildcards: role/ci-*')
    .option(
      '--format <format[=file]>',
      `form of the report, and the file that it is written to; may be given several times: ${formatNames} (default: text)`,
      wantedFormat,
    )
    .option('--output <file>', 'write the form that has no file there instead of to the terminal')
    .option(
      '--access',
      'tell who can do what also where it is as expected (json; others do so where they show it)',
    )
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
  rekognition-permission-check check --format text --format junit=junit.xml --format sarif=report.sarif
      several forms of one run; docs/reports.md tells what each is for

Exit codes: 0 as expected, 1 findings, 2 something could not be determined, 3 usage or input error, 4 failure
(no credentials, no permission, AWS out of reach)`,
    )
    .action(async (flags: CheckFlags) => {
      const wanted = destinations(flags.format, flags.output);
      const progress = progressOn(process.stderr, 'principals checked');
      const report = gated(
        await runCheck(flags, showsAccess(wanted), progress.step).finally(progress.end),
        flags,
      );
      if (wanted.some(({ format }) => format === 'github')) writeStepSummary(report);
      writeReports(report, wanted, (file) => textOptions(flags, file));
      process.exitCode = exitCode(report);
    });

async function runCheck(flags: CheckFlags, access: boolean, onResult: () => void): Promise<CheckReport> {
  const expectations = expectationsFrom(flags.expectations, flags.region, (line) =>
    process.stderr.write(`${line}\n`),
  );
  const judging = { expectations, guardrails: await guardrailsOf(flags), onResult };
  if (flags.plan !== undefined) {
    // Only a plan needs the readers of templates.
    const { runPlanCheck } = await import('#cli/plan-check.ts');
    return runPlanCheck(flags.plan, flags, judging);
  }
  const common = {
    ...judging,
    named: flags.principal,
    access: access || flags.access === true ? accessSurvey : undefined,
  };
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

function textOptions(flags: CheckFlags, file: string | undefined): TextOptions {
  const { details = false, plan } = flags;
  const terminal = file === undefined && process.stdout.isTTY;
  const width = terminal ? process.stdout.columns : Number(process.env.COLUMNS);
  return {
    details,
    // What a plan would do is not there to be explained yet.
    ...(plan === undefined ? { explain: explainHint(flags) } : {}),
    color: terminal && !process.env.NO_COLOR,
    ...(width > 0 && { width }),
  };
}
