import { Command, InvalidArgumentError, Option } from 'commander';
import { accountOf } from '#cli/account-input.ts';
import { eventsOf } from '#cli/event-files.ts';
import { exitCodes } from '#cli/exit.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardrailsOf, iamOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { lastAccessOf } from '#lib/account/last-accessed.ts';
import { readUse, type Use } from '#lib/change/usage.ts';
import { InputError } from '#lib/errors.ts';
import { renderUnused, type Unused, unusedJson } from '#lib/report/usage.ts';
import { unused, unusedByLastAccess } from '#lib/workbench/unused.ts';

interface UnusedFlags extends SourceFlags {
  readonly events?: readonly string[];
  readonly lastAccessed?: boolean;
  readonly days: number;
  readonly format: 'text' | 'json';
}

/** `unused --events FILES…`, `unused --last-accessed`: what is granted and was not used. */
export const unusedCommand = (): Command =>
  withSourceOptions(
    new Command('unused').description(
      'lists what is granted in Rekognition and was not used, by CloudTrail events',
    ),
  )
    .option(
      '--events <file...>',
      'files of CloudTrail events, or folders of them: JSON or CSV, also packed (.gz), of any size',
    )
    .addOption(
      new Option(
        '--last-accessed',
        'ask IAM instead when each principal last used Rekognition: two calls or more for each that has access',
      ).conflicts(['events', 'accountDetails']),
    )
    .addOption(new Option('--days <number>', 'days that are looked back').argParser(days).default(90))
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', help)
    .action(async (flags: UnusedFlags) => {
      const answer = await answerOf(flags);
      process.stdout.write(flags.format === 'json' ? unusedJson(answer) : renderUnused(answer));
      const isKnown = answer.principals.every(({ perhapsUnused }) => perhapsUnused === undefined);
      process.exitCode = answer.isCovered && isKnown ? exitCodes.clean : exitCodes.inconclusive;
    });

async function answerOf(flags: UnusedFlags): Promise<Unused> {
  const { events, lastAccessed = false, days } = flags;
  const { baseline } = expectationsFrom(flags.expectations, flags.region, () => {});
  const options = { baseline, guardrails: await guardrailsOf(flags), days };
  if (events !== undefined) return unused(await accountOf(flags), usesOf(events), options);
  if (!lastAccessed) throw new InputError('--events or --last-accessed is needed: what was used, by whom');
  const { client, pace } = iamOf(flags);
  return unusedByLastAccess(await accountOf(flags), (arn) => lastAccessOf(client, arn, { pace }), options);
}

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
IAM remembers 400 days, the last hours not yet, and often only that the service was used: then nothing is called unused.

Examples:
  rekognition-permission-check unused --events trail/*.json.gz --account-details account.json
  rekognition-permission-check unused --days 180 --events events.json --account-details account.json --format json
  rekognition-permission-check unused --last-accessed --profile audit

Exit codes: 0 answered, 2 the events do not go back so far or IAM does not say which action was used, 3 usage or input error, 4 failure`;
