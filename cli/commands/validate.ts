import { Command } from 'commander';
import { accountAt } from '#cli/account-file.ts';
import { namedFile, readExpectationsFile } from '#cli/expectations-file.ts';
import { refuseIdle } from '#cli/idle-options.ts';
import { guardrailsOf } from '#cli/source.ts';
import { checkAccount } from '#lib/check/account.ts';
import { escapeText } from '#lib/words/escape.ts';

interface ValidateFlags {
  readonly expectations?: string;
  readonly accountDetails?: string;
  readonly guardrails?: string;
}

/** `validate [file]`: everything that is wrong with an expectations file, and what a person should think over. */
export const validateCommand = (): Command =>
  new Command('validate')
    .description('says everything that is wrong with an expectations file, with lines, before it is used')
    .argument('[file]', 'the expectations file (default: expectations.yaml here)')
    .option('--expectations <file>', 'the same, as the other commands have it')
    .option(
      '--account-details <file>',
      'an account: says also which rules match nobody in it, and which suppressions suppress nothing',
    )
    .option('--guardrails <file>', "the organization's SCPs and RCPs above that account")
    .addHelpText(
      'after',
      `
Errors: mistyped actions, sets, services, accounts, Regions, addresses, times, ARNs that no resource has, unknown keys.
Warnings: what can never match, what is never used, and who is not judged because of a name, path or tag that
somebody else may choose.

Examples:
  rekognition-permission-check validate
  rekognition-permission-check validate team/expectations.yaml
  rekognition-permission-check validate --expectations team/expectations.yaml --account-details account.json --guardrails guardrails.yaml

Exit codes: 0 valid (there may be warnings), 3 errors in the file, or a file that cannot be read`,
    )
    .action(async (file: string | undefined, flags: ValidateFlags) => {
      if (flags.accountDetails === undefined)
        refuseIdle(flags, ['guardrails'], 'is for the account of --account-details: name one');
      const path = namedFile(file, flags.expectations);
      const write = (line: string) => process.stdout.write(`${escapeText(line)}\n`);
      const read = readExpectationsFile(path, {}, write);
      for (const { message, location } of read.advice) {
        write(`warning: ${location.file}:${location.line}: ${message}`);
      }
      if (flags.accountDetails !== undefined) {
        const { expectations } = read;
        const account = await accountAt(flags.accountDetails);
        const report = await checkAccount(account, { expectations, guardrails: await guardrailsOf(flags) });
        for (const line of report.warnings) write(`warning: ${line}`);
      }
      const { suppressions } = read.expectations;
      write(
        `${path} is valid: ${counted(read.rules, 'rule')}, ${counted(read.sets.size, 'own set')}, ` +
          `${counted(suppressions.length, 'suppression')}`,
      );
    });

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
