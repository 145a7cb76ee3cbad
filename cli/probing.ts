import { STSClient } from '@aws-sdk/client-sts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '#lib/errors.ts';
import { type Calibration, parseCalibration } from '#lib/probing/calibration.ts';
import { probeClients, probeClientsOf } from '#lib/probing/probe-clients.ts';
import { DEFAULT_PACE } from '#lib/probing/run.ts';
import { ownIdentity } from '#lib/probing/session.ts';
import { signerOf } from './aws-profile.ts';
import { textOf } from './expectations-file.ts';
import { type Iam, iamOf } from './source.ts';

/** What the commands that make live calls share. */
export interface ProbingFlags {
  readonly externalId?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly callsPerSecond: number;
}

export const withProbingOptions = (command: Command): Command =>
  command
    .option('--external-id <id>', "the external id that the role's trust policy demands")
    .option(
      '--profile <name>',
      'AWS profile that may assume the role (default: the usual AWS credential chain)',
    )
    .addOption(
      new Option('--calls-per-second <number>', 'live calls begun in a second')
        .argParser(positive)
        .default(DEFAULT_PACE.perSecond),
    );

/** Who calls IAM, STS and Rekognition, and how fast. @throws {InputError} when there is no such profile */
export function callersOf(flags: ProbingFlags, region: string) {
  const { profile, externalId, callsPerSecond } = flags;
  const signer = signerOf(profile);
  const iam: Iam = iamOf({ callsPerSecond: 4, concurrency: 2, region, ...signer });
  const sts = new STSClient({ region, ...signer });
  return {
    iam,
    sts,
    clients: probeClients,
    own: async (roleArn: string) => {
      const identity = await ownIdentity(sts, roleArn, region);
      return identity && { identity, clients: probeClientsOf(signer, region) };
    },
    pace: { ...DEFAULT_PACE, perSecond: callsPerSecond },
    ...(externalId === undefined ? {} : { externalId }),
  };
}

/** @throws {InputError} when the file is no calibration, or one of another Region. */
export function calibrationFrom(file: string, region: string): Calibration {
  const text = textOf(file);
  let calibration: Calibration;
  try {
    calibration = parseCalibration(text);
  } catch (error) {
    throw new InputError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (calibration.region !== region) {
    throw new InputError(`${file} is a calibration of ${calibration.region}, and ${region} is probed`);
  }
  return calibration;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above zero is needed.');
  return value;
}
