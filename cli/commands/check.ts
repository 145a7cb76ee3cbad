import { Command, Option } from 'commander';
import { type CheckedFlags, checkAccounts } from '#cli/check-accounts.ts';
import { offering } from '#cli/completion/offers.ts';
import { explainHint } from '#cli/explain-hint.ts';
import { type GateFlags, gateOf, withGateOptions, writeStepSummary } from '#cli/gate-flags.ts';
import { withPlanOptions } from '#cli/plan-flags.ts';
import { progressOn } from '#cli/progress.ts';
import {
  assertApart,
  destinations,
  formatNames,
  ofAccounts,
  showsAccess,
  type Wanted,
  wantedFormat,
  writeReports,
} from '#cli/report-formats.ts';
import { withSourceOptions } from '#cli/source.ts';
import { exitCode } from '#lib/report/exit.ts';
import type { TextOptions } from '#lib/report/text.ts';

interface CheckFlags extends CheckedFlags, GateFlags {
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
        { several: true },
      ),
    ),
  )
    .option('--principal <name...>', 'only these: role/NAME, user/NAME, or an ARN; with wildcards: role/ci-*')
    .addOption(
      offering(
        new Option(
          '--format <format[=file]>',
          `form of the report, and the file that it is written to; may be given several times: ${formatNames} (default: text)`,
        ).argParser(wantedFormat),
        formatNames.split(', '),
      ),
    )
    .option('--output <file>', 'write the form that has no file there instead of to the terminal')
    .option(
      '--access',
      'tell who can do what also where it is as expected (json; others do so where they show it)',
    )
    .option('--details', 'below each finding: why, and what to do')
    .addHelpText('after', help)
    .action(async (flags: CheckFlags) => {
      const wanted = destinations(flags.format, flags.output);
      assertApart(wanted, flags.accountDetails?.length ?? 1);
      const gated = gateOf(flags);
      const progress = progressOn(process.stderr, 'principals checked');
      const access = showsAccess(wanted) || flags.access === true;
      const all = await checkAccounts(flags, { access, progress }).finally(progress.end);
      const reports = all.map(gated);
      const places = ofAccounts(wanted, reports);
      for (const [index, report] of reports.entries()) {
        if (wanted.some(({ format }) => format === 'github')) writeStepSummary(report);
        const hint = { ...flags, accountDetails: flags.accountDetails?.[index] };
        writeReports(report, places[index] ?? [], (file) => textOptions(hint, file));
      }
      process.exitCode = worstOf(reports.map(exitCode));
    });

/** Findings say most, then what could not be determined. */
const worstOf = (codes: readonly number[]): number => (codes.includes(1) ? 1 : Math.max(...codes));

const help = `
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
  rekognition-permission-check check --account-details one.json two.json --format text --format json={account}.json
      several accounts, one after the other; {account} in the name of a file is the account's id
  aws iam get-account-authorization-details | \\
      rekognition-permission-check check --account-details -
  rekognition-permission-check check --plan plan.json --only-changes --fail-on high --baseline main.json
      lets a pipeline pass unless the plan brings something of high severity that main.json does not have
  rekognition-permission-check check --access --format json --account-details account.json
  rekognition-permission-check check --principal role/analyst user/bob --format json --output report.json
  rekognition-permission-check check --format text --format junit=junit.xml --format sarif=report.sarif
      several forms of one run; docs/reports.md tells what each is for
  rekognition-permission-check check --format html=page.html --earlier report-1.json report-2.json
      a page with what has changed since earlier reports

Exit codes: 0 as expected, 1 findings, 2 something could not be determined, 3 usage or input error, 4 failure
(no credentials, no permission, AWS out of reach)`;

type TextFlags = Pick<
  CheckFlags,
  'details' | 'plan' | 'guardrails' | 'expectations' | 'profile' | 'region'
> & {
  readonly accountDetails?: string | undefined;
};

function textOptions(flags: TextFlags, file: string | undefined): TextOptions {
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
