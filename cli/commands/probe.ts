import { Command, InvalidArgumentError, Option } from 'commander';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { calibrationFrom, callersOf, type ProbingFlags, withProbingOptions } from '#cli/probing.ts';
import { guardedSimulation, guardrailsOf } from '#cli/source.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { namedPrincipals } from '#lib/account/named.ts';
import { probeRoles } from '#lib/probing/roles.ts';
import { renderProbes } from '#lib/probing/text.ts';
import { exitCode } from '#lib/report/exit.ts';
import { renderJson } from '#lib/report/report-file.ts';
import { escapeText } from '#lib/words/escape.ts';

interface ProbeFlags extends ProbingFlags {
  readonly calibration?: string;
  readonly expectations?: string;
  readonly guardrails?: string;
  readonly recheckSeconds: number;
  readonly format: 'text' | 'json';
  readonly output?: string;
}

/** `probe ROLE…`: live calls as the roles, held against IAM's simulation. */
export const probeCommand = (): Command =>
  withProbingOptions(
    new Command('probe')
      .description('asks Rekognition itself, by harmless live calls made as the role, what a role may do')
      .argument('<role...>', 'role/NAME, or an ARN'),
  )
    .option('--region <region>', "Region to call (default: the expectations', or AWS_REGION)")
    .option('--calibration <file>', 'what `calibrate` has written for the Region')
    .option('--expectations <file>', 'who should be able to do what (default: expectations.yaml here)')
    .option('--guardrails <file>', "the organization's SCPs and RCPs above the account")
    .addOption(
      new Option('--recheck-seconds <number>', 'what disagrees is asked again after so long')
        .argParser(zeroOrMore)
        .default(60),
    )
    .addOption(
      new Option('--format <format>', 'form of the report').choices(['text', 'json']).default('text'),
    )
    .option('--output <file>', 'write the report there instead of to the terminal')
    .addHelpText(
      'after',
      `
Every call is built to do no harm: it lists, or names what cannot exist (docs/live-probes.md). Each is an event in
CloudTrail. The role must trust you, or be the one whose credentials you use; users cannot be probed. What live calls and IAM's simulation say differently is
asked again after a pause, and then is a contradiction, with its likely causes.

Examples:
  rekognition-permission-check probe role/analyst --external-id team-vision-7f3a
  rekognition-permission-check probe role/a role/b --region eu-west-1 --calibration eu-west-1.json --format json
  rekognition-permission-check probe role/analyst --profile audit --expectations team/expectations.yaml --guardrails guardrails.yaml \\
      --calls-per-second 1 --recheck-seconds 0 --output probes.txt

Needs sts:AssumeRole on the role, iam:GetAccountAuthorizationDetails and iam:SimulatePrincipalPolicy.

Exit codes: 0 the sources agree, 1 contradictions or worse, 2 something could not be determined, 3 usage or input
error, 4 failure (no credentials, no permission, AWS out of reach)`,
    )
    .action(async (roles: string[], flags: ProbeFlags) => {
      if (flags.output !== undefined) assertWritable(flags.output);
      const warn = (line: string) => process.stderr.write(`${escapeText(line)}\n`);
      const expectations = expectationsFrom(flags.expectations, flags.region ?? process.env.AWS_REGION, warn);
      const region = flags.region ?? expectations.baseline.region;
      const calibration =
        flags.calibration === undefined ? undefined : calibrationFrom(flags.calibration, region);
      const given = await guardrailsOf(flags);
      const { iam, ...callers } = callersOf(flags, region);
      const account = await accountFromIam(iam.client, { pace: iam.pace });
      const { report } = await probeRoles(account, await namedPrincipals(account, roles), {
        ...callers,
        region,
        expectations,
        ...(await guardedSimulation(account.accountId, iam, given)),
        calibration,
        recheckSeconds: flags.recheckSeconds,
        now: () => new Date(),
      });
      const text = flags.format === 'json' ? renderJson(report) : renderProbes(report);
      if (flags.output === undefined) process.stdout.write(text);
      else writeOutput(flags.output, text);
      process.exitCode = exitCode(report);
    });

function zeroOrMore(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0))
    throw new InvalidArgumentError('a number, zero or more, is needed.');
  return value;
}
