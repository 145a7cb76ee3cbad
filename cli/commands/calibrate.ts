import { Command } from 'commander';
import { exitCodes } from '#cli/exit.ts';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { callersOf, type ProbingFlags, withProbingOptions } from '#cli/probing.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { namedPrincipal } from '#lib/account/named.ts';
import { calibrateRegion } from '#lib/probing/calibrate-region.ts';
import { isCalibrated, serializeCalibration } from '#lib/probing/calibration.ts';
import { escapeText } from '#lib/words/escape.ts';

interface CalibrateFlags extends ProbingFlags {
  readonly role: string;
  readonly output?: string;
}

/** `calibrate`: which live calls tell a denied caller from an allowed one, in one Region. */
export const calibrateCommand = (): Command =>
  withProbingOptions(
    new Command('calibrate')
      .description('finds out which live calls tell a denied caller from an allowed one in a Region')
      .requiredOption('--role <role>', 'a canary role that may do all of Rekognition: role/NAME, or an ARN'),
  )
    .option('--region <region>', 'Region to calibrate (default: AWS_REGION, or us-east-1)')
    .option('--output <file>', 'write the calibration there, for `probe --calibration`')
    .addHelpText(
      'after',
      `
Runs every probe twice as the canary: in a session that is denied everything, and in one that is not. Harmless, as
probing is; some 146 calls, each an event in CloudTrail. Calibrate a Region once, and when its guardrails change.

Examples:
  rekognition-permission-check calibrate --role role/canary --region eu-west-1 --output eu-west-1.json
  rekognition-permission-check calibrate --role role/canary --external-id team-vision-7f3a --profile audit --calls-per-second 1

Exit codes: 0 calibrated, 2 the role cannot be assumed, or no probe tells the two sessions apart, 3 usage or input
error, 4 failure`,
    )
    .action(async (flags: CalibrateFlags) => {
      const { output } = flags;
      if (output !== undefined) assertWritable(output);
      const region = flags.region ?? process.env.AWS_REGION ?? 'us-east-1';
      const { iam, ...callers } = callersOf(flags, region);
      const account = await accountFromIam(iam.client, { pace: iam.pace });
      const canary = await namedPrincipal(account, flags.role);
      const made = await calibrateRegion(canary, { ...callers, region });
      if ('reason' in made) {
        process.stderr.write(`${escapeText(`${flags.role}: ${made.reason}`)}\n`);
        process.exitCode = exitCodes.inconclusive;
        return;
      }
      const good = made.probes.filter(({ action }) => isCalibrated(made, action)).length;
      const text = `${serializeCalibration(made)}\n`;
      if (output === undefined) process.stdout.write(text);
      else writeOutput(output, text);
      process.stderr.write(
        `${region}: ${good} of ${made.probes.length} probes tell denied from allowed; Custom Labels ${made.customLabels}\n`,
      );
      process.exitCode = good > 0 ? exitCodes.clean : exitCodes.inconclusive;
    });
