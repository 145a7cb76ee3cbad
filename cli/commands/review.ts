import { Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '#cli/exit.ts';
import { namedFile, readExpectationsFile } from '#cli/expectations-file.ts';
import { dueOf } from '#lib/expectation/due.ts';
import { reviewFormats } from '#lib/report/review.ts';

interface ReviewFlags {
  readonly expectations?: string;
  readonly due: number;
  readonly every: number;
  readonly format: keyof typeof reviewFormats;
}

/** `review`: which rules and suppressions have to be looked at. */
export const reviewCommand = (): Command =>
  new Command('review')
    .description('lists the rules and suppressions of an expectations file that have to be looked at')
    .argument('[file]', 'the expectations file (default: expectations.yaml here)')
    .option('--expectations <file>', 'the same, as the other commands have it')
    .addOption(
      new Option('--due <days>', 'also what is due within so many days').argParser(days).default(0, '0d'),
    )
    .addOption(
      new Option('--every <days>', 'for how long a review is good').argParser(days).default(365, '365d'),
    )
    .addOption(
      new Option('--format <format>', 'form of the list').choices(Object.keys(reviewFormats)).default('text'),
    )
    .addHelpText('after', help)
    .action((file: string | undefined, flags: ReviewFlags) => {
      const path = namedFile(file, flags.expectations);
      const { dated } = readExpectationsFile(path, {}, () => {});
      const today = new Date().toISOString().slice(0, 10);
      const due = dueOf(dated, { today, within: flags.due, every: flags.every });
      process.stdout.write(reviewFormats[flags.format](due));
      process.exitCode = due.length === 0 ? exitCodes.clean : exitCodes.findings;
    });

/** `30`, `30d`, `2w`. */
function days(text: string): number {
  const [, count, unit] = /^(\d{1,5})([dw]?)$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('write a number of days, 30d, or of weeks, 2w.');
  return Number(count) * (unit === 'w' ? 7 : 1);
}

const help = `
A rule may have "owner", "reviewed" (the day of the last look at it) and "until" (its last day); a suppression has an
owner and a last day. After its last day a rule holds no more: whoever still has the access is found by check.

Examples:
  rekognition-permission-check review --due 30d
  rekognition-permission-check review team/expectations.yaml --due 2w --every 180d --format markdown
  rekognition-permission-check review --expectations team/expectations.yaml --format csv > review.csv

Exit codes: 0 nothing is due, 1 something is, 3 usage or input error`;
