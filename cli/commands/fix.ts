import { Command, Option } from 'commander';
import { accountOf } from '#cli/account-input.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardrailsOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { fixExit, fixJson, renderFix } from '#lib/report/fix.ts';
import { fix } from '#lib/workbench/fix/fix.ts';

/** `fix [FINDING-ID…]`: the smallest changes of policies that mend findings, tried on a copy. */
export const fixCommand = (): Command =>
  withSourceOptions(
    new Command('fix')
      .description(
        'finds the smallest changes of policies that mend findings, and proves that nothing expected is lost',
      )
      .argument('[finding-id...]', 'ids of findings, as check --format json has them (default: all)'),
  )
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', help)
    .action(async (ids: string[], flags: SourceFlags & { readonly format: 'text' | 'json' }) => {
      const answer = await fix(await accountOf(flags), {
        expectations: expectationsFrom(flags.expectations, flags.region, () => {}),
        guardrails: await guardrailsOf(flags),
        ids: ids.length === 0 ? undefined : ids,
      });
      process.stdout.write(flags.format === 'json' ? fixJson(answer) : renderFix(answer));
      process.exitCode = fixExit(answer);
    });

const help = `
Prints AWS CLI commands, each policy document that they write, and how it differs as a JSON Patch. Every change is made
to a copy and checked again: the finding must be gone, nobody may have another, and of what is there and expected
nothing may be lost. In a trust policy the account comes in the place of anyone: its principals then need sts:AssumeRole of
their own. Where no change does that, the finding is left, with the reason. Nothing of AWS is changed.

Examples:
  rekognition-permission-check fix --account-details account.json
  rekognition-permission-check fix 969d85ee6e904ef3 --account-details account.json
  rekognition-permission-check fix --account-details account.json --format json > fix.json

Exit codes: 0 all that was asked for is mended, 1 something is left, 3 usage or input error, 4 failure`;
