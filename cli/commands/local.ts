import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallRecord, SnsMessage } from '@permission-check/embedded-aws';
import { Command, InvalidArgumentError } from 'commander';
import { type DeployedStack, deployStack, projectRoot, sample } from '#cli/demo/stack.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { accountFromFile } from '#lib/account/from-file.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { InputError } from '#lib/errors.ts';
import { escapeText } from '#lib/words/escape.ts';

interface LocalFlags {
  readonly account?: string;
  readonly guardrails?: string;
  readonly expectations?: string;
  readonly port?: number;
  readonly calls?: boolean;
}

/** Delays and batching windows are a tenth of AWS's: an e-mail comes some seconds after a change. */
const pace = 0.1;
const lookEveryMilliseconds = 100;

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
  rekognition-permission-check local --account account.json --port 4566 --calls

Exit codes: 0 stopped by Ctrl-C, 3 usage or input error, 4 failure`,
    )
    .action(async (flags: LocalFlags) => {
      const stopped = stopSignal();
      const deployed = await start(flags);
      try {
        write(guide(deployed, flags));
        await show(deployed, flags, stopped);
      } finally {
        await deployed.stop();
      }
      process.stderr.write('stopped; nothing is left of it\n');
    });

async function start({ account, guardrails, expectations, port }: LocalFlags): Promise<DeployedStack> {
  // The sample's organization and expectations go with the sample's account only.
  const own = account === undefined;
  const above = guardrails ?? (own ? sample('guardrails.yaml') : undefined);
  const file = account ?? sample('account.json');
  const expected =
    expectations ?? (own ? sample('expectations.yaml') : join(projectRoot, 'expectations.yaml'));
  const organization = above === undefined ? undefined : await guardrailsFromFile(above);
  // Both say where the file is wrong, with the line.
  await accountFromFile(file);
  expectationsFrom(expected, undefined, () => {});
  try {
    return await deployStack({
      account: file,
      expectations: expected,
      pace,
      ...(organization && { guardrails: organization }),
      ...(port === undefined ? {} : { port }),
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new InputError(`port ${port} is taken: choose another --port, or leave it out for a free one`);
    }
    throw error;
  }
}

function guide({ aws: { endpoint, env, world }, stack }: DeployedStack, flags: LocalFlags): string {
  const { users, roles } = world.latest();
  const [someone = 'NAME'] = roles.has('analyst') ? ['analyst'] : roles.keys();
  const arn = `arn:aws:iam::${world.accountId}:role/${someone}`;
  const expectations =
    flags.account === undefined
      ? ` --expectations ${relative(process.cwd(), sample('expectations.yaml'))}`
      : '';
  const nameOf = (id: string) =>
    stack.template.functions.find(({ logicalId }) => logicalId === id)?.name ?? id;
  const [topic] = stack.template.topics;
  return `The embedded AWS answers at ${endpoint}: account ${world.accountId}, ${users.size} users, ${roles.size} roles.
The stack is deployed on it; what it publishes is shown here.

In another terminal, paste:

${exportLines(env)}

Then try:

  aws sts get-caller-identity
  aws iam simulate-principal-policy --policy-source-arn ${arn} \\
      --action-names rekognition:DetectFaces --query 'EvaluationResults[].EvalDecision'
  aws rekognition list-collections
  aws iam put-role-policy --role-name ${someone} --policy-name more --policy-document \\
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rekognition:*","Resource":"*"}}'
  aws lambda invoke --function-name ${nameOf('SweepFunction')} sweep.json
  aws sns publish --topic-arn ${topic?.arn} --message hello
  npx rekognition-permission-check check${expectations}
  npx rekognition-permission-check explain role/${someone} DeleteFaces${expectations}

Ctrl-C ends it.
`;
}

/** For a shell; the values are this program's own, and are quoted all the same. */
function exportLines(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`)
    .join('\n');
}

/** Shows what happens, until `stopped`. */
async function show({ aws }: DeployedStack, { calls }: LocalFlags, stopped: AbortSignal): Promise<void> {
  let messages = 0;
  let shownCalls = 0;
  while (true) {
    if (calls) {
      const answered = aws.calls().slice(shownCalls);
      shownCalls += answered.length;
      for (const call of answered) write(callLine(call));
    }
    const published = aws.messages().slice(messages);
    messages += published.length;
    for (const message of published) write(messageText(message));
    if (stopped.aborted) return;
    await sleep(lookEveryMilliseconds, undefined, { signal: stopped }).catch(() => {});
  }
}

function callLine({ time, service, operation, caller, allowed, status, errorCode }: CallRecord): string {
  const outcome = allowed ? `${status}${errorCode === undefined ? '' : ` ${errorCode}`}` : 'refused';
  return escapeText(`${time.toISOString()} ${service}:${operation} ${outcome} ${caller}`).concat('\n');
}

function messageText({ topicArn, subject, byProtocol, time }: SnsMessage): string {
  const text = byProtocol.email ?? byProtocol.default ?? '';
  return [
    `── SNS ${topicArn} ${time.toISOString()}`,
    ...(subject === undefined ? [] : [`Subject: ${subject}`, '']),
    ...text.split('\n'),
    '──',
  ]
    .map((line) => `${escapeText(line)}\n`)
    .join('');
}

/** Aborted by Ctrl-C, by the end of the terminal, or by a supervisor. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('a port is a number from 1 to 65535.');
  }
  return port;
}

const write = (text: string): void => void process.stdout.write(text);
