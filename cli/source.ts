import { IAMClient } from '@aws-sdk/client-iam';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import type { IdentityPool } from '#lib/account/identity-pools.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { regionProblem } from '#lib/catalog/regions.ts';
import { createPace, IAM_CLIENT_DEFAULTS, type Pace } from '#lib/iam/pace.ts';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { allNamedPools } from '#lib/reach/pools.ts';
import { escapeText } from '#lib/words/escape.ts';
import { signerOf } from './aws-profile.ts';

/** Where the account and what is expected of it come from: the options that several commands share. */
export interface SourceFlags {
  readonly accountDetails?: string;
  readonly guardrails?: string;
  readonly expectations?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly callsPerSecond: number;
  readonly concurrency: number;
}

const accountFile =
  'as `aws iam get-account-authorization-details` prints it, instead of a real account, or - for standard input; calls nothing';

/** @param several the command takes several accounts, one after the other */
export function withSourceOptions(command: Command, { several = false } = {}): Command {
  const accounts = several
    ? new Option('--account-details <file...>', `files ${accountFile}`)
    : new Option('--account-details <file>', `a file ${accountFile}`);
  return command
    .addOption(accounts.conflicts('profile'))
    .option(
      '--guardrails <file>',
      "the organization's SCPs and RCPs above the account, and VPC endpoints (see docs/account-input.md)",
    )
    .option(
      '--expectations <file>',
      'who should be able to do what (default: expectations.yaml here, or the built-in expectation)',
    )
    .option('--profile <name>', 'AWS profile (default: the usual AWS credential chain)')
    .addOption(
      new Option(
        '--region <region>',
        'Region whose ARNs are asked about, where the expectations name none',
      ).argParser(region),
    )
    .addOption(
      new Option(
        '--calls-per-second <number>',
        'IAM calls begun in a second; IAM throttles, and its limits are shared by the whole account',
      )
        .argParser(positive)
        .default(4),
    )
    .addOption(
      new Option('--concurrency <number>', 'IAM calls under way at once').argParser(count).default(2),
    )
    .addHelpText(
      'after',
      `
Where the account comes from:
  --account-details account.json --guardrails guardrails.yaml --expectations team/expectations.yaml
  --account-details - < account.json
  --profile audit --region eu-west-1 --calls-per-second 2 --concurrency 1`,
    );
}

export interface Iam {
  readonly client: IAMClient;
  readonly pace: Pace;
}

/**
 * IAM of the real account, or of what answers at AWS_ENDPOINT_URL.
 *
 * @throws {InputError} when there is no such profile
 */
export function iamOf({ profile, region, callsPerSecond, concurrency }: SourceFlags): Iam {
  const client = new IAMClient({
    ...IAM_CLIENT_DEFAULTS,
    region: region ?? process.env.AWS_REGION ?? 'us-east-1',
    ...signerOf(profile),
  });
  return { client, pace: createPace({ callsPerSecond, concurrency }) };
}

export async function guardrailsOf({
  guardrails,
}: {
  readonly guardrails?: string | undefined;
}): Promise<Guardrails | undefined> {
  if (guardrails === undefined) return undefined;
  return guardrailsFromFile(guardrails, (line) => process.stderr.write(`warning: ${escapeText(line)}\n`));
}

/**
 * The guardrails with what AWS Organizations says of the account, and the simulation that fits them: what the file does not
 * say, AWS is asked, as far as it may be (organizations:DescribeOrganization, organizations:DescribeEffectivePolicy).
 */
export async function guardedSimulation(
  accountId: string,
  { client, pace }: Iam,
  given: Guardrails | undefined,
) {
  const guardrails: Guardrails = { ...(await askedOfOrganization({ client, pace }, given)), ...given };
  const simulate = simulateWith(client, pace, { withoutScps: guardrails.managementAccount === accountId });
  return { guardrails, simulate: shareAnswers(simulate) };
}

/** An account of IAM, with the identity pools that its trust policies name, as far as they may be read. */
export async function liveAccount(iam: Iam): Promise<Account> {
  const { client, pace } = iam;
  const account = await accountFromIam(client, { pace });
  const principals: Principal[] = [];
  for await (const one of account.principals()) principals.push(one);
  const named = allNamedPools(principals);
  return named.length === 0 ? account : { ...account, identityPools: await poolsOf(named, iam) };
}

/** The identity pools of these ids, as far as they may be read; of none, nothing is asked. */
export async function poolsOf(
  ids: readonly string[],
  { client, pace }: Iam,
): Promise<readonly IdentityPool[]> {
  if (ids.length === 0) return [];
  const { CognitoIdentityClient } = await import('@aws-sdk/client-cognito-identity');
  const { readIdentityPools } = await import('#lib/account/read-identity-pools.ts');
  const { credentials, requestHandler, endpoint } = client.config;
  const clientOf = (region: string) =>
    new CognitoIdentityClient({
      credentials,
      region,
      requestHandler,
      maxAttempts: 3,
      ...(endpoint && { endpoint }),
    });
  return readIdentityPools(ids, clientOf, { pace });
}

async function askedOfOrganization(
  { client: { config }, pace }: Iam,
  given: Guardrails = {},
): Promise<Guardrails> {
  const { OrganizationsClient } = await import('@aws-sdk/client-organizations');
  const { managementAccountOf } = await import('#lib/account/management-account.ts');
  const { aiServicesOptOutOf } = await import('#lib/account/ai-services-opt-out.ts');
  const { credentials, region, requestHandler, endpoint } = config;
  const client = new OrganizationsClient({
    credentials,
    region,
    requestHandler,
    maxAttempts: 2,
    ...(endpoint && { endpoint }),
  });
  const [managementAccount, aiServicesOptOut] = await Promise.all([
    given.managementAccount ?? managementAccountOf(client),
    given.aiServicesOptOut ?? aiServicesOptOutOf(client, { pace }),
  ]);
  return {
    ...(managementAccount !== undefined && { managementAccount }),
    ...(aiServicesOptOut !== undefined && { aiServicesOptOut }),
  };
}

/** A Region that no partition has may be newer than this program: that is a warning. */
function region(text: string): string {
  const problem = regionProblem(text);
  if (problem?.severity === 'error') throw new InvalidArgumentError(problem.message);
  if (problem !== undefined) process.stderr.write(`warning: --region: ${escapeText(problem.message)}\n`);
  return text;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above zero is needed.');
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number is needed.');
  return value;
}
