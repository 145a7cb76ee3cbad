import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Command, Option } from 'commander';
import { actionsNamed, actionsThatMean } from '#cli/action-argument.ts';
import { signerOf } from '#cli/aws-profile.ts';
import { offering } from '#cli/completion/offers.ts';
import { exitCodes } from '#cli/exit.ts';
import { renderWhoCould, together, whoCouldJson } from '#cli/who-could-text.ts';
import { sensitivityClasses } from '#lib/catalog/sensitivity.ts';
import { InputError } from '#lib/errors.ts';
import { type AccessEntry, whoCould } from '#lib/outbox/access-history.ts';
import { readAccessLog } from '#lib/outbox/access-log.ts';

interface WhoCouldFlags {
  readonly on: string;
  readonly table: string;
  readonly means?: string;
  readonly account?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly format: 'text' | 'json';
}

/** `who-could ACTION… --on DAY`: who could do something on a day that has passed, by the log of a stack. */
export const whoCouldCommand = (): Command =>
  new Command('who-could')
    .description('lists who could do something in Rekognition on a day, by the log that a stack keeps')
    .argument('[action...]', 'as who-can takes them: DeleteFaces, Search*')
    .requiredOption('--on <day>', 'the day, in UTC: 2026-11-28')
    .requiredOption('--table <name>', "the stack's table: its output HistoryTableName")
    .addOption(
      offering(
        new Option(
          '--means <class>',
          'the actions of a class of sensitivity (who-can --help), in the place of actions',
        ),
        sensitivityClasses.map(({ sensitivity }) => sensitivity),
      ),
    )
    .option('--account <id>', 'the account that the log is about (default: that of the credentials)')
    .option('--profile <name>', 'AWS profile (default: the usual AWS credential chain)')
    .option('--region <region>', 'Region of the stack (default: us-east-1)')
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
The log begins when the stack was deployed, and is kept for AccessLogDays. Of whom it cannot say, that is said.
Needs dynamodb:Query on the table.

Examples:
  rekognition-permission-check who-could SearchFaces --on 2026-11-28 --table HistoryTable
  rekognition-permission-check who-could --means face-search --on 2026-11-28 --table HistoryTable --format json
  rekognition-permission-check who-could DeleteFaces --on 2026-11-28 --table HistoryTable --account 210987654321 \\
    --profile audit --region eu-west-1

Exit codes: 0 answered, 2 not known of somebody, 3 usage or input error, 4 failure`,
    )
    .action(async (names: string[], flags: WhoCouldFlags) => {
      const actions = actionsAsked(names, flags.means);
      const day = dayOf(flags.on);
      const config = {
        region: flags.region ?? process.env.AWS_REGION ?? 'us-east-1',
        ...signerOf(flags.profile),
      };
      const accountId = flags.account ?? (await accountOf(new STSClient(config)));
      const table = { client: new DynamoDBClient(config), name: flags.table, accountId };
      const entries: AccessEntry[] = [];
      for await (const entry of readAccessLog(table)) entries.push(entry);
      if (entries.length === 0)
        throw new InputError(`${flags.table} has no log of account ${accountId}: is it the stack's table?`);
      const answers = actions.map((action) => ({ action, answer: whoCould(entries, action, day) }));
      const answer = together(day, answers);
      process.stdout.write(flags.format === 'json' ? whoCouldJson(answer) : renderWhoCould(answer));
      process.exitCode = answer.notKnown.length === 0 ? exitCodes.clean : exitCodes.inconclusive;
    });

function actionsAsked(names: readonly string[], means: string | undefined): readonly string[] {
  if ((means === undefined) === (names.length === 0))
    throw new InputError('name an action, such as SearchFaces, or a class with --means');
  const found = means === undefined ? actionsNamed(names) : actionsThatMean(means);
  return found.map(({ action }) => action);
}

/** A day that there is, and that has begun. */
function dayOf(text: string): string {
  const time = Date.parse(`${text}T00:00:00.000Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(time))
    throw new InputError(`--on ${text}: write the day as 2026-11-28`);
  // A day ahead is let be: clocks differ.
  if (time > Date.now() + 86_400_000) throw new InputError(`--on ${text}: that day has not begun`);
  return text;
}

async function accountOf(client: STSClient): Promise<string> {
  const { Account = '' } = await client.send(new GetCallerIdentityCommand({}));
  return Account;
}
