import { Command, Option } from 'commander';
import { accountOf } from '#cli/account-input.ts';
import { exitCodes } from '#cli/exit.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardrailsOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { canJson, renderCan } from '#lib/report/can.ts';
import { can } from '#lib/workbench/can.ts';

/** `can PRINCIPAL`: what somebody can do in all, and as one policy. */
export const canCommand = (): Command =>
  withSourceOptions(
    new Command('can')
      .description('shows what a principal can do in Rekognition, in all, and as one policy that is the same')
      .argument('<principal>', 'role/NAME, user/NAME, or an ARN'),
  )
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
The policy holds what identity-based policies, boundary, and with --guardrails SCPs and RCPs leave together. That it is
the same is proved in both directions, over all resources and contexts; where no such policy is found, it says why.

Examples:
  rekognition-permission-check can role/analyst --account-details account.json
  rekognition-permission-check can user/bob --profile audit --format json

Exit codes: 0 answered, 2 not certain (a policy that cannot be read), 3 usage or input error, 4 failure`,
    )
    .action(async (name: string, flags: SourceFlags & { readonly format: 'text' | 'json' }) => {
      const { baseline } = expectationsFrom(flags.expectations, flags.region, () => {});
      const answer = await can(await accountOf(flags), name, {
        baseline,
        guardrails: await guardrailsOf(flags),
      });
      process.stdout.write(flags.format === 'json' ? canJson(answer) : renderCan(answer));
      const certain = answer.principal.actions.every(({ doubt }) => doubt === undefined);
      process.exitCode = certain ? exitCodes.clean : exitCodes.inconclusive;
    });
