import { Command, InvalidArgumentError } from 'commander';
import type { LocalFlags } from '#cli/demo/keep-running.ts';

/** `local`: keeps the embedded AWS running until somebody presses Ctrl-C. */
export const localCommand = (): Command =>
  new Command('local')
    .description(
      'keeps the embedded AWS running, for the AWS CLI, an SDK, or this program in another terminal',
    )
    .option(
      '--account <file>',
      "an account as `aws iam get-account-authorization-details` prints it (default: a sample company's)",
    )
    .option('--guardrails <file>', 'SCPs and RCPs above the account (default: those of the sample, with it)')
    .option(
      '--expectations <file>',
      "what the stack holds the account against (default: the sample's, or the project's expectations.yaml)",
    )
    .option('--port <number>', 'default: a free one', portNumber)
    .option('--calls', 'shows every call as it is answered')
    .addHelpText(
      'after',
      `
It listens on 127.0.0.1 only, speaks AWS's wire protocols, and authorizes every call by its caller's policies. The
stack of template.yaml is deployed on it: change IAM, and some seconds later its e-mail is shown here, as every SNS
message is. Nothing leaves this machine and nothing is kept.

Examples:
  rekognition-permission-check local
  rekognition-permission-check local --account account.json --port 4566 --calls --expectations team/expectations.yaml --guardrails guardrails.yaml

Exit codes: 0 stopped by Ctrl-C, 3 usage or input error, 4 failure`,
    )
    .action(async (flags: LocalFlags) => {
      // The embedded AWS is read by those who ask for it only.
      const { keepRunning } = await import('#cli/demo/keep-running.ts');
      await keepRunning(flags);
    });

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('a port is a number from 1 to 65535.');
  }
  return port;
}
