import { Command, InvalidArgumentError, Option } from 'commander';
import { accountOf } from '#cli/account-input.ts';
import { eventsOf } from '#cli/event-files.ts';
import { exitCodes } from '#cli/exit.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardrailsOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { readUse, type Use } from '#lib/change/usage.ts';
import { unused } from '#lib/check/unused.ts';
import { renderUnused, unusedJson } from '#lib/report/usage.ts';

interface UnusedFlags extends SourceFlags {
  readonly events: readonly string[];
  readonly days: number;
  readonly format: 'text' | 'json';
}

/** `unused --events FILES…`: what is granted and was not used. */
export const unusedCommand = (): Command =>
  withSourceOptions(
    new Command('unused').description(
      'lists what is granted in Rekognition and was not used, by CloudTrail events',
    ),
  )
    .requiredOption('--events <file...>', 'files of CloudTrail events: JSON, also packed (.gz), of any size')
    .addOption(new Option('--days <number>', 'days that are looked back').argParser(days).default(90))
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', help)
    .action(async (flags: UnusedFlags) => {
      const { baseline } = expectationsFrom(flags.expectations, flags.region, () => {});
      const answer = await unused(await accountOf(flags), usesOf(flags.events), {
        baseline,
        guardrails: await guardrailsOf(flags),
        days: flags.days,
      });
      process.stdout.write(flags.format === 'json' ? unusedJson(answer) : renderUnused(answer));
      process.exitCode = answer.isCovered ? exitCodes.clean : exitCodes.inconclusive;
    });

async function* usesOf(files: readonly string[]): AsyncGenerator<Use> {
  for await (const event of eventsOf(files)) {
    const use = readUse(event);
    if (use !== undefined) yield use;
  }
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number of days is needed.');
  return value;
}

const help = `
Where the events begin later than was asked, the answer is about the days that there are, and says so. Files: see propose.

Examples:
  rekognition-permission-check unused --events trail/*.json.gz --account-details account.json
  rekognition-permission-check unused --days 180 --events events.json --account-details account.json --format json

Exit codes: 0 answered, 2 the events do not go back so far, 3 usage or input error, 4 failure`;
