import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { accountFromFile } from '#lib/account/from-file.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { InputError } from '#lib/errors.ts';
import { escapeText } from '#lib/report/escape.ts';
import { type CallRecord, type LocalAws, type SnsMessage, startLocalAws } from '#local/index.ts';
import { Rekognition } from '#local/rekognition/service.ts';
import { sample } from '../demo/stack.ts';

interface LocalFlags {
  readonly account?: string;
  readonly guardrails?: string;
  readonly port?: number;
  readonly calls?: boolean;
}

const topicName = 'rekognition-permissions';
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
    .option('--port <number>', 'default: a free one', portNumber)
    .option('--calls', 'shows every call as it is answered')
    .addHelpText(
      'after',
      `
It listens on 127.0.0.1 only, speaks the wire protocols of IAM, STS, SNS and Rekognition, and authorizes every call
by its caller's policies. Nothing leaves this machine and nothing is kept. SNS messages are shown as they are
published.

Examples:
  rekognition-permission-check local
  rekognition-permission-check local --account account.json --port 4566 --calls

Exit codes: 0 stopped by Ctrl-C, 3 usage or input error, 4 failure`,
    )
    .action(async (flags: LocalFlags) => {
      const stopped = stopSignal();
      const aws = await start(flags);
      try {
        write(guide(aws, flags));
        await show(aws, flags, stopped);
      } finally {
        await aws.stop();
      }
      process.stderr.write('stopped; nothing is left of it\n');
    });

async function start({ account, guardrails, port }: LocalFlags): Promise<LocalAws> {
  // The sample's organization goes with the sample's account only.
  const above = guardrails ?? (account === undefined ? sample('guardrails.yaml') : undefined);
  const file = account ?? sample('account.json');
  const organization = above === undefined ? undefined : await guardrailsFromFile(above);
  // Says where the file is wrong, with the line.
  await accountFromFile(file);
  try {
    return await startLocalAws({
      account: file,
      ...(organization && { guardrails: organization }),
      ...(port === undefined ? {} : { port }),
      topics: [{ name: topicName }],
      services: [(world) => new Rekognition(world, { collections: ['visitors-2026'] })],
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new InputError(`port ${port} is taken: choose another --port, or leave it out for a free one`);
    }
    throw error;
  }
}

function guide({ endpoint, env, world }: LocalAws, flags: LocalFlags): string {
  const { users, roles } = world.latest();
  const [someone = 'NAME'] = roles.has('analyst') ? ['analyst'] : roles.keys();
  const arn = `arn:aws:iam::${world.accountId}:role/${someone}`;
  const expectations = flags.account === undefined ? ` --expectations ${sample('expectations.yaml')}` : '';
  return `The embedded AWS answers at ${endpoint}: account ${world.accountId}, ${users.size} users, ${roles.size} roles.

In another terminal, paste:

${exportLines(env)}

Then try:

  aws sts get-caller-identity
  aws iam simulate-principal-policy --policy-source-arn ${arn} \\
      --action-names rekognition:DetectFaces --query 'EvaluationResults[].EvalDecision'
  aws rekognition list-collections
  aws sns publish --topic-arn arn:aws:sns:${world.region}:${world.accountId}:${topicName} --message hello
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
async function show(aws: LocalAws, { calls }: LocalFlags, stopped: AbortSignal): Promise<void> {
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
