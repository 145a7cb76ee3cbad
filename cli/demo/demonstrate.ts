import { relative } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardedSimulation } from '#cli/source.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { checkAccount } from '#lib/check/account.ts';
import { createPace } from '#lib/iam/pace.ts';
import { renderText } from '#lib/report/text.ts';
import { narrate, printMail } from './print.ts';
import { deployStack, sample } from './stack.ts';
import { tellStory } from './story.ts';

/** Lines of the long e-mail that are shown: its summary and its first finding. */
const shownLines = 52;

/** Checks the sample company on an embedded AWS, then tells the story of a change, on the terminal. */
export async function demonstrate(): Promise<void> {
  await checkSampleAccount();
  await tellStory();
  narrate('That was the embedded AWS; nothing is left of it. Next: README.md, "Deploy".');
}

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
      ...(await guardedSimulation(account.accountId, { client, pace }, undefined)),
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
