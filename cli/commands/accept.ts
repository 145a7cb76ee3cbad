import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { accountOf } from '#cli/account-input.ts';
import { expectationsFile, expectationsFrom, textOf } from '#cli/expectations-file.ts';
import { refuseIdlePlan } from '#cli/idle-options.ts';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { type PlanFlags, withPlanOptions } from '#cli/plan-flags.ts';
import { guardrailsOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { InputError } from '#lib/errors.ts';
import { escapeText } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import { accept, type CheckBy, checkOf } from '#lib/workbench/accept.ts';

interface AcceptFlags extends SourceFlags, Omit<PlanFlags, keyof SourceFlags> {
  readonly reason?: string;
  readonly owner?: string;
  readonly until?: string;
  readonly dryRun?: boolean;
}

/** `accept FINDING-ID…`: writes what accepts findings into expectations.yaml. */
export const acceptCommand = (): Command =>
  withPlanOptions(
    withSourceOptions(
      new Command('accept')
        .description('writes what accepts findings into expectations.yaml; comments and layout stay')
        .argument('<finding-id...>', 'ids of findings, as check --format json has them'),
    ),
  )
    .option('--reason <text>', 'accept it for a time, as a suppression: why')
    .option('--owner <name>', 'of the suppression: who answers for it')
    .option('--until <day>', 'of the suppression: the last day on which it holds, 2026-12-31')
    .option('--dry-run', 'print the file as it would be, and write nothing')
    .addHelpText('after', help)
    .action(async (ids: string[], flags: AcceptFlags) => {
      const file = flags.expectations ?? expectationsFile;
      const isThere = flags.expectations !== undefined || existsSync(file);
      if (flags.dryRun !== true) assertWritable(file);
      const { text, accepted, open } = await accept(await checkBy(flags), ids, {
        file,
        text: isThere ? textOf(file) : '',
        expectations: expectationsFrom(flags.expectations, flags.region, () => {}),
        region: flags.region,
        suppression: suppressionOf(flags),
      });
      if (flags.dryRun === true) {
        process.stdout.write(text);
        return;
      }
      writeOutput(file, text);
      for (const { kind, subject, id } of accepted) {
        process.stdout.write(`${escapeText(`accepted: ${kind} of ${subject} (${id})`)}\n`);
      }
      process.stdout.write(`${escapeText(file)}: written; ${counted(open, 'finding')} open\n`);
    });

/** The check that the findings are of: of the account, or of what a plan makes of it. */
async function checkBy(flags: AcceptFlags): Promise<CheckBy> {
  refuseIdlePlan(flags);
  const guardrails = await guardrailsOf(flags);
  const { plan } = flags;
  if (plan === undefined) return checkOf(await accountOf(flags), guardrails);
  const { runPlanCheck } = await import('#cli/plan-check.ts');
  return (expectations) => runPlanCheck(plan, flags, { expectations, guardrails });
}

function suppressionOf({ reason, owner, until }: AcceptFlags) {
  if (reason === undefined && owner === undefined && until === undefined) return undefined;
  if (reason !== undefined && owner !== undefined && until !== undefined) return { reason, owner, until };
  throw new InputError('a suppression needs all three: --reason, --owner and --until');
}

const help = `
Without --reason the access is expected from then on: a rule for the principal alone, with the sets or guards that say
it. With --reason, --owner and --until the finding alone is suppressed until that day, of whatever kind it is, as
far as it goes today; a suppression that has run out is renewed. What is written is checked first: the finding must be
open no more, and nothing else may be found; else nothing is written.

Examples:
  rekognition-permission-check accept 969d85ee6e904ef3 --account-details account.json
  rekognition-permission-check accept 969d85ee6e904ef3 --account-details account.json --dry-run
  rekognition-permission-check accept 969d85ee6e904ef3 --plan plan.json --account-details account.json
      a finding of check --plan, before it is deployed
  rekognition-permission-check accept 969d85ee6e904ef3 --account-details account.json \\
      --reason "moves by the end of the year" --owner vision@example.com \\
      --until 2026-12-31

Exit codes: 0 written, 3 usage or input error, or it cannot be accepted so, 4 failure`;
