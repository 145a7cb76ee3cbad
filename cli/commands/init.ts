import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { accountOf } from '#cli/account-input.ts';
import { exitCodes } from '#cli/exit.ts';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { guardrailsOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { InputError } from '#lib/errors.ts';
import { escapeText } from '#lib/words/escape.ts';
import { counted } from '#lib/words/labels.ts';
import { firstExpectations } from '#lib/workbench/init.ts';

/** `init`: expectations that are what an account is today, to begin from. */
export const initCommand = (): Command =>
  withSourceOptions(
    new Command('init').description(
      'writes an expectations.yaml that is what the account is today: a check with it finds nothing',
    ),
  )
    .option('--output <file>', 'write it there instead of to the terminal; a file that exists is left alone')
    .addHelpText(
      'after',
      `
Principals with the same access are one rule, access is named by the set that it is proved to equal, and whoever has
none is expected to have none. Comments ask what a person should decide. What no rule can say (who can give himself
more, a trust policy that is open to others' use) is suppressed by its id for 90 days. What is critical or high stands under exact
names only, never under a pattern.

Examples:
  rekognition-permission-check init --account-details account.json > expectations.yaml
  rekognition-permission-check init --profile audit --output expectations.yaml

Exit codes: 0 written, 2 written, but somebody could not be judged, 3 usage or input error, 4 failure`,
    )
    .action(async (flags: SourceFlags & { readonly output?: string }) => {
      const { output } = flags;
      if (output !== undefined) {
        if (existsSync(output)) throw new InputError(`--output ${output} exists: init overwrites no file`);
        assertWritable(output);
      }
      const { text, rules, notJudged, suppressed } = await firstExpectations(await accountOf(flags), {
        region: flags.region,
        guardrails: await guardrailsOf(flags),
      });
      if (output === undefined) process.stdout.write(text);
      else {
        writeOutput(output, text);
        process.stdout.write(`${output}: ${rules} rules\n`);
      }
      if (suppressed.length > 0) {
        const what = counted(suppressed.length, 'finding');
        process.stderr.write(`${what} that no rule can say: suppressed for 90 days, with a comment each\n`);
      }
      for (const line of notJudged) process.stderr.write(`not judged: ${escapeText(line)}\n`);
      process.exitCode = notJudged.length === 0 ? exitCodes.clean : exitCodes.inconclusive;
    });
