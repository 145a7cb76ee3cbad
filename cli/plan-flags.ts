import { type Command, InvalidArgumentError, Option } from 'commander';
import { accountAt } from '#cli/account-file.ts';
import type { Account } from '#lib/account/types.ts';
import { InputError } from '#lib/errors.ts';
import type { PlanFileOptions } from '#lib/iac/plan-file.ts';
import type { Reading } from '#lib/iac/worlds.ts';

/** What is about to be deployed, and what a template does not say of itself. */
export interface PlanFlags {
  readonly plan?: string;
  readonly accountDetails?: string;
  readonly accountId?: string;
  readonly stackName?: string;
  readonly parameter?: Readonly<Record<string, string>>;
  readonly region?: string;
}

export function withPlanOptions(command: Command): Command {
  return command
    .option(
      '--plan <file>',
      'what is about to be deployed: `terraform show -json` of a plan, a CloudFormation or SAM template, cdk.out, or ' +
        'a change set; on top of --account-details where that is given',
    )
    .addOption(
      new Option(
        '--account-id <id>',
        'the account that a plan is for, where neither it nor the account file says',
      ).argParser(accountId),
    )
    .option('--stack-name <name>', "the name of a template's stack, which the names of its roles begin with")
    .addOption(
      new Option(
        '--parameter <name=value...>',
        "values of a template's parameters (default: the template's own)",
      ).argParser(parameter),
    )
    .addHelpText(
      'after',
      `
What is about to be deployed:
  --plan template.yaml --stack-name photos --parameter Stage=prod --account-id 123456789012`,
    );
}

export interface PlanSource {
  readonly readings: readonly Reading[];
  /** The account file that the plan is put on. */
  readonly base?: Account;
}

/** @throws {InputError} for a plan or an account file that cannot be read. */
export async function planSource(plan: string, flags: PlanFlags): Promise<PlanSource> {
  const base = flags.accountDetails === undefined ? undefined : await accountAt(flags.accountDetails);
  if (base !== undefined && flags.accountId !== undefined && flags.accountId !== base.accountId) {
    throw new InputError(
      `--account-id ${flags.accountId}: the account file ${flags.accountDetails} is of account ${base.accountId}`,
    );
  }
  const options: PlanFileOptions = {
    accountId: flags.accountId ?? base?.accountId,
    partition: base?.partition,
    region: flags.region,
    stackName: flags.stackName,
    parameters: flags.parameter,
  };
  const { readPlanFile } = await import('#lib/iac/plan-file.ts');
  return { readings: readPlanFile(plan, options), ...(base === undefined ? {} : { base }) };
}

function accountId(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError('an account id has twelve digits.');
  return text;
}

function parameter(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
