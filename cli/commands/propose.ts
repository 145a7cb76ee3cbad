import { Command, Option } from 'commander';
import { eventsOf } from '#cli/event-files.ts';
import { exitCodes } from '#cli/exit.ts';
import { parsePrincipalReference } from '#lib/account/arn.ts';
import { readUnknownUse, readUse } from '#lib/change/usage.ts';
import { InputError } from '#lib/errors.ts';
import { type Proposal, proposalJson, proposalNotes } from '#lib/report/usage.ts';
import { Evidence } from '#lib/workbench/propose.ts';

interface ProposeFlags {
  readonly events: readonly string[];
  readonly format: 'text' | 'json';
}

/** `propose PRINCIPAL --events FILES…`: the least policy for what somebody has used. */
export const proposeCommand = (): Command =>
  new Command('propose')
    .description(
      'proposes the least policy for what a principal has done in Rekognition, by CloudTrail events',
    )
    .argument('<principal>', 'role/NAME, user/NAME, or an ARN')
    .requiredOption(
      '--events <file...>',
      'files of CloudTrail events, or folders of them: JSON or CSV, also packed (.gz), of any size',
    )
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', help)
    .action(async (name: string, { events, format }: ProposeFlags) => {
      const wanted = parsePrincipalReference(name);
      let evidence: Evidence | undefined;
      for await (const event of eventsOf(events)) {
        const use = readUse(event) ?? readUnknownUse(event);
        if (use === undefined || !isOf(use.principalArn, wanted)) continue;
        evidence ??= new Evidence(use.principalArn);
        if (evidence.principalArn !== use.principalArn) {
          throw new InputError(`${name} is of several accounts in these events: give its ARN`);
        }
        evidence.see(use);
      }
      if (evidence === undefined) throw new InputError(`no event in these files is of ${name}`);
      const proposal = evidence.proposal();
      process.stdout.write(format === 'json' ? proposalJson(proposal) : `${proposal.policy}\n`);
      process.stderr.write(proposalNotes(proposal));
      process.exitCode = exitOf(proposal);
    });

const exitOf = ({ evidence }: Proposal): number =>
  Object.keys(evidence.unknown).length === 0 ? exitCodes.clean : exitCodes.inconclusive;

function isOf(arn: string, wanted: ReturnType<typeof parsePrincipalReference>): boolean {
  const { kind, name, accountId } = parsePrincipalReference(arn);
  return (
    kind === wanted.kind &&
    name === wanted.name &&
    (wanted.accountId === undefined || wanted.accountId === accountId)
  );
}

const help = `
The policy is JSON on standard output, to be used; the days of evidence, and how resources were generalised, stand beside it
on standard error. That it allows every call that did not fail is decided call by call. What happens once a year is not in
the events of a month: look at the days.

Files: as CloudTrail stores them in S3, as \`aws cloudtrail lookup-events\` prints them, events of EventBridge, JSON lines
of CloudTrail Lake or Athena (UNLOAD … WITH (format = 'JSON')), and their results as .csv. Where the CSV gives the request's
parameters as a struct, which has no escapes, they name nothing.

Examples:
  rekognition-permission-check propose role/shop-search --events trail/*.json.gz
  rekognition-permission-check propose role/shop-search --events events.json --format json > proposal.json

Exit codes: 0 proposed, 2 proposed without calls of operations that are not known here, 3 usage or input error, 4 failure`;
