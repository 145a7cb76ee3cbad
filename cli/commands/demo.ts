import { relative } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import { Command } from 'commander';
import { narrate, printMail } from '#cli/demo/print.ts';
import { deployStack, sample } from '#cli/demo/stack.ts';
import { tellStory } from '#cli/demo/story.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { checkAccount } from '#lib/check/account.ts';
import { createPace } from '#lib/iam/pace.ts';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { renderText } from '#lib/report/text.ts';

/** Lines of the long e-mail that are shown: its summary and its first finding. */
const shownLines = 52;

/** `demo`: the Lambda functions' own code on an embedded AWS. Its findings are expected, so it ends with 0. */
export const demoCommand = (): Command =>
  new Command('demo')
    .description(
      'runs the whole stack on an embedded AWS: a check with every kind of finding, a change and its e-mail, a live call that contradicts IAM',
    )
    .addHelpText('after', '\nNeeds no account, no credentials and no network. Takes about fifteen seconds.')
    .action(async () => {
      await checkSampleAccount();
      await tellStory();
      narrate('That was the embedded AWS; nothing is left of it. Next: README.md, "Deploy".');
    });

async function checkSampleAccount(): Promise<void> {
  const file = sample('expectations.yaml');
  const { aws, stack, stop } = await deployStack({ account: sample('account.json'), expectations: file });
  const client = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(admin),
  });
  try {
    narrate("A retail company's account, checked from the terminal over the wire:");
    const pace = createPace({ callsPerSecond: 1000 });
    const expectations = expectationsFrom(relative(process.cwd(), file), undefined, () => {});
    const account = await accountFromIam(client, { pace });
    const report = await checkAccount(account, {
      expectations,
      simulate: shareAnswers(simulateWith(client, pace)),
    });
    process.stdout.write(
      renderText(report, process.stdout.isTTY ? { color: true, width: process.stdout.columns } : {}),
    );

    narrate('The same from the deployed function, with {"notify": true}. The e-mail begins:');
    const { functionError, payload } = await stack.invoke('CheckNowFunction', { notify: true });
    if (functionError !== undefined) throw new Error(`check-now failed: ${payload}`);
    for (const message of aws.messages()) printMail(message, shownLines);
  } finally {
    client.destroy();
    await stop();
  }
}

const admin = 'arn:aws:iam::123456789012:role/break-glass';
