import { Command, Option } from 'commander';
import { accountOf } from '#cli/account-input.ts';
import { type ChangeFlags, changesFrom, withChangeOptions } from '#cli/change-flags.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardrailsOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { renderWhatIf, whatIfExit, whatIfJson } from '#lib/report/what-if.ts';
import { whatIf } from '#lib/workbench/what-if.ts';

interface WhatIfFlags extends SourceFlags, ChangeFlags {
  readonly format: 'text' | 'json';
}

/** `what-if PRINCIPAL…`: what changes of policies would do, before anybody makes them. */
export const whatIfCommand = (): Command =>
  withChangeOptions(
    withSourceOptions(
      new Command('what-if')
        .description(
          'shows what a change of policies would do: access gained and lost, findings that come and go',
        )
        .argument('[principal...]', 'role/NAME, user/NAME, group/NAME, or an ARN; with wildcards: role/ci-*'),
    ),
  )
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', help)
    .action(async (whom: string[], flags: WhatIfFlags) => {
      const account = await accountOf(flags);
      const answer = await whatIf(account, (principals) => changesFrom(whom, flags, account, principals), {
        expectations: expectationsFrom(flags.expectations, flags.region, () => {}),
        guardrails: await guardrailsOf(flags),
      });
      process.stdout.write(flags.format === 'json' ? whatIfJson(answer) : renderWhatIf(answer));
      process.exitCode = whatIfExit(answer);
    });

const help = `
The changes are made to a copy, in this order: taken away, given, boundary, trust, groups, new versions. Nothing of AWS
is changed. A group's policies concern all who are in it, and a new version everybody who has the policy.

Examples:
  rekognition-permission-check what-if role/analyst --account-details account.json \\
      --attach AmazonRekognitionReadOnlyAccess --detach AmazonRekognitionFullAccess
  rekognition-permission-check what-if role/payroll-export --put export=policy.json --delete old
  rekognition-permission-check what-if 'role/ci-*' --boundary ci-limit
  rekognition-permission-check what-if user/bob --no-boundary --join vision --leave interns
  rekognition-permission-check what-if role/shop-search --trust trust.json
  rekognition-permission-check what-if --new-version shop=policy.json --format json

Exit codes: 0 no finding comes or grows, 1 one does, 2 something could not be determined, 3 usage or input error,
4 failure`;
