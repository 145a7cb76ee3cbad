import { Command, Option } from 'commander';
import { accountOf } from '#cli/account-input.ts';
import { actionsAsked } from '#cli/action-argument.ts';
import { offering } from '#cli/completion/offers.ts';
import { readContext } from '#cli/context-flags.ts';
import { exitCodes } from '#cli/exit.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardrailsOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { sensitivityClasses } from '#lib/catalog/sensitivity.ts';
import { renderWhoCan, whoCanJson } from '#lib/report/who-can.ts';
import { whoCan } from '#lib/workbench/who-can.ts';

interface WhoCanFlags extends SourceFlags {
  readonly means?: string;
  readonly resource?: string;
  readonly context?: string[];
  readonly format: 'text' | 'json';
}

const classes = sensitivityClasses
  .map(({ sensitivity, severity, means }) => `  ${sensitivity.padEnd(20)}${severity.padEnd(10)}${means}`)
  .join('\n');

/** `who-can ACTION…`: everybody who can do something, where, when, through what, and who can become them. */
export const whoCanCommand = (): Command =>
  withSourceOptions(
    new Command('who-can')
      .description('lists who can do something in Rekognition, on what, when, and through which statement')
      .argument(
        '[action...]',
        'DeleteFaces, rekognition:DeleteFaces, with wildcards Delete*; several: any of them',
      ),
  )
    .addOption(
      offering(
        new Option(
          '--means <class>',
          'the actions of a class of sensitivity (below), in the place of actions',
        ),
        sensitivityClasses.map(({ sensitivity }) => sensitivity),
      ),
    )
    .option('--resource <arn>', 'only on this resource: an ARN, or its last part (collection/visitors)')
    .option(
      '--context <key=value...>',
      'only where a context key is so; "key=": where it is absent. All other keys may have any value',
    )
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Classes for --means, with the severity of having them unexpectedly:
${classes}

Decided by the policy documents, in every case: with --guardrails also by SCPs and RCPs.

Examples:
  rekognition-permission-check who-can DeleteFaces --account-details account.json
  rekognition-permission-check who-can --means biometric-delete --account-details account.json
  rekognition-permission-check who-can 'Delete*' --format json \\
      --account-details account.json
  rekognition-permission-check who-can SearchFaces --resource collection/visitors \\
      --context aws:MultiFactorAuthPresent=false --account-details account.json

Exit codes: 0 answered, 2 not certain for somebody (a policy that cannot be read), 3 usage or input error, 4 failure`,
    )
    .action(async (names: string[], flags: WhoCanFlags) => {
      const actions = actionsAsked(names, flags.means);
      const { baseline } = expectationsFrom(flags.expectations, flags.region, () => {});
      const answer = await whoCan(await accountOf(flags), {
        actions,
        baseline,
        guardrails: await guardrailsOf(flags),
        resource: flags.resource,
        context: readContext(flags.context ?? []),
      });
      process.stdout.write(flags.format === 'json' ? whoCanJson(answer) : renderWhoCan(answer));
      const certain = answer.principals.every(({ actions: own }) =>
        own.every(({ doubt }) => doubt === undefined),
      );
      process.exitCode = certain ? exitCodes.clean : exitCodes.inconclusive;
    });
