import { writeFileSync } from 'node:fs';
import { IAMClient } from '@aws-sdk/client-iam';
import { Command, InvalidArgumentError, Option } from 'commander';
import { accountFromFile } from '#lib/account/from-file.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { wantedPrincipals } from '#lib/account/wanted.ts';
import { checkAccount } from '#lib/check.ts';
import type { CheckReport } from '#lib/compare/types.ts';
import { createPace, IAM_CLIENT_DEFAULTS } from '#lib/observe/pace.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { exitCode } from '#lib/report/exit.ts';
import { renderJson } from '#lib/report/json.ts';
import { renderText } from '#lib/report/text.ts';
import { expectationsFrom } from '../expectations-file.ts';
import { progressOn } from '../progress.ts';

interface CheckFlags {
  readonly accountDetails?: string;
  readonly guardrails?: string;
  readonly principal?: string[];
  readonly expectations?: string;
  readonly format: 'text' | 'json';
  readonly output?: string;
  readonly details?: boolean;
  readonly profile?: string;
  readonly region?: string;
  readonly callsPerSecond: number;
  readonly concurrency: number;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above zero is needed.');
  return value;
};

/** `check`: the whole check of an account, of a file, or of what answers at AWS_ENDPOINT_URL. */
export const checkCommand = (): Command =>
  new Command('check')
    .description(
      'checks what every IAM user and role can do in Rekognition against what it should be able to do',
    )
    .option(
      '--account-details <file>',
      'check a file as `aws iam get-account-authorization-details` prints it; calls nothing',
    )
    .option('--guardrails <file>', 'SCPs and RCPs above the account, for a file (see docs/account-input.md)')
    .option('--principal <name...>', 'only these: role/NAME, user/NAME, or an ARN')
    .option(
      '--expectations <file>',
      'who should be able to do what (default: expectations.yaml here, or the built-in expectation)',
    )
    .addOption(
      new Option('--format <format>', 'form of the report').choices(['text', 'json']).default('text'),
    )
    .option('--output <file>', 'write the report there instead of to the terminal')
    .option('--details', 'below each finding: why, and what to do')
    .option('--profile <name>', 'AWS profile')
    .option('--region <region>', 'Region whose ARNs are asked about')
    .option(
      '--calls-per-second <number>',
      'IAM calls begun in a second, shared with everything else in the account',
      positive,
      4,
    )
    .option('--concurrency <number>', 'IAM calls under way at once', positive, 2)
    .addHelpText(
      'after',
      `
Examples:
  aws iam get-account-authorization-details > account.json
  rekognition-permission-check check --account-details account.json
      evaluates the policies of the file; needs no credentials
  rekognition-permission-check check --profile audit --details
      asks IAM itself; needs iam:GetAccountAuthorizationDetails and iam:SimulatePrincipalPolicy
  rekognition-permission-check check --principal role/analyst --format json --output report.json

Exit codes: 0 clean, 1 findings, 2 inconclusive, 3 usage or input error, 4 failure`,
    )
    .action(async (flags: CheckFlags) => {
      const progress = progressOn(process.stderr, 'principals checked');
      const report = await runCheck(flags, progress.step).finally(progress.end);
      const text = flags.format === 'json' ? renderJson(report) : renderText(report, textOptions(flags));
      if (flags.output === undefined) process.stdout.write(text);
      else writeFileSync(flags.output, text);
      process.exitCode = exitCode(report);
    });

async function runCheck(flags: CheckFlags, onResult: () => void): Promise<CheckReport> {
  const expectations = expectationsFrom(flags.expectations, flags.region, (line) =>
    process.stderr.write(`${line}\n`),
  );
  const common = {
    expectations,
    onResult,
    ...(flags.principal ? { wanted: wantedPrincipals(flags.principal) } : {}),
  };
  if (flags.accountDetails !== undefined) {
    const guardrails =
      flags.guardrails === undefined ? undefined : await guardrailsFromFile(flags.guardrails);
    return checkAccount(await accountFromFile(flags.accountDetails), { ...common, guardrails });
  }
  const pace = createPace({ callsPerSecond: flags.callsPerSecond, concurrency: flags.concurrency });
  const client = new IAMClient({
    ...IAM_CLIENT_DEFAULTS,
    region: flags.region ?? process.env.AWS_REGION ?? 'us-east-1',
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
  });
  return checkAccount(await accountFromIam(client, { pace }), {
    ...common,
    simulate: simulateWith(client, pace),
  });
}

const textOptions = ({ details = false, output }: CheckFlags) => {
  const terminal = output === undefined && process.stdout.isTTY;
  return {
    details,
    program: 'rekognition-permission-check',
    color: terminal && !process.env.NO_COLOR,
    ...(terminal ? { width: process.stdout.columns } : {}),
  };
};
