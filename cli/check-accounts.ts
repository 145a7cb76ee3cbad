import { accountAt } from '#cli/account-file.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { refuseIdlePlan } from '#cli/idle-options.ts';
import type { PlanFlags } from '#cli/plan-flags.ts';
import { guardedSimulation, guardrailsOf, iamOf, liveAccount, type SourceFlags } from '#cli/source.ts';
import type { Account, Guardrails } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { NarrowerAccess } from '#lib/check/narrower-access.ts';
import { InputError } from '#lib/errors.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { accessSurvey } from '#lib/workbench/access-survey.ts';
import type { Progress } from './progress.ts';

/** What a check is about. */
export interface CheckedFlags
  extends Omit<SourceFlags, 'accountDetails'>,
    Omit<PlanFlags, keyof SourceFlags | 'accountDetails'> {
  readonly accountDetails?: readonly string[];
  readonly principal?: string[];
  readonly onlyChanges?: boolean;
}

export interface CheckedOptions {
  /** Whether the access of everybody is told. */
  readonly access: boolean;
  /** Whether it is told where access is narrower than expected beyond normal requests. */
  readonly narrower?: boolean;
  readonly progress: Progress;
}

/** A report for each account: those of the files, else the one of IAM. */
export async function checkAccounts(
  { accountDetails = [], ...flags }: CheckedFlags,
  options: CheckedOptions,
): Promise<readonly CheckReport[]> {
  refuseIdlePlan(flags);
  const warned = new Set<string>();
  const warn = (line: string) => {
    if (!warned.has(line)) process.stderr.write(`${line}\n`);
    warned.add(line);
  };
  const [first, ...others] = accountDetails;
  if (flags.plan !== undefined && others.length > 0) {
    throw new InputError('--plan is put on one account: name one file with --account-details');
  }
  if (accountDetails.filter((file) => file === '-').length > 1) {
    throw new InputError('standard input is one account: write --account-details - once');
  }
  if (first === undefined || flags.plan !== undefined) {
    return [
      await checkOne({ ...flags, ...(first !== undefined && { accountDetails: first }) }, options, warn),
    ];
  }
  const reports: CheckReport[] = [];
  // What holds for a rule in one account need not hold in another.
  const narrower = others.length === 0;
  for (const file of accountDetails) {
    reports.push(await checkOne({ ...flags, accountDetails: file }, { ...options, narrower }, warn));
  }
  return withCommonNotes(reports);
}

type OneAccount = Omit<CheckedFlags, 'accountDetails'> & { readonly accountDetails?: string };

async function checkOne(
  flags: OneAccount,
  { access, narrower = true, progress }: CheckedOptions,
  warn: (line: string) => void,
): Promise<CheckReport> {
  const expectations = expectationsFrom(flags.expectations, flags.region, warn);
  const judging = { expectations, guardrails: await guardrailsOf(flags), onResult: progress.step };
  if (flags.plan !== undefined) {
    // Only a plan needs the readers of templates.
    const { runPlanCheck } = await import('#cli/plan-check.ts');
    return runPlanCheck(flags.plan, flags, judging);
  }
  const { account, simulate, guardrails } = await accountAndSimulation(flags, judging.guardrails);
  await progress.begin(() => countOf(account));
  return checkAccount(account, {
    ...judging,
    named: flags.principal,
    access: access ? accessSurvey : undefined,
    narrower: narrower ? NarrowerAccess : undefined,
    guardrails,
    simulate,
    input: flags.accountDetails === '-' ? 'standard input' : flags.accountDetails,
  });
}

async function accountAndSimulation({ accountDetails, ...flags }: OneAccount, guardrails?: Guardrails) {
  if (accountDetails !== undefined) {
    return { account: await accountAt(accountDetails), simulate: undefined, guardrails };
  }
  const iam = iamOf(flags);
  const account = await liveAccount(iam);
  return { account, ...(await guardedSimulation(account.accountId, iam, guardrails)) };
}

async function countOf(account: Account): Promise<number> {
  let count = 0;
  for await (const _ of account.principals()) count += 1;
  return count;
}

/** A rule that matches nobody in one account may be for another: that is told where it is so in all of them. */
function withCommonNotes(reports: readonly CheckReport[]): readonly CheckReport[] {
  const isOfRule = (line: string, { expectations }: CheckReport) => line.startsWith(`${expectations}:`);
  const isCommon = (line: string) => reports.every(({ warnings }) => warnings.includes(line));
  return reports.map((report, index) => ({
    ...report,
    warnings: report.warnings.filter((line) => !isOfRule(line, report) || (index === 0 && isCommon(line))),
  }));
}
