import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallRecord, SnsMessage } from '@permission-check/embedded-aws';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { accountFromFile } from '#lib/account/from-file.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { InputError } from '#lib/errors.ts';
import { escapeText } from '#lib/words/escape.ts';
import { type DeployedStack, deployStack, projectRoot, sample } from './stack.ts';

export interface LocalFlags {
  readonly account?: string;
  readonly guardrails?: string;
  readonly expectations?: string;
  readonly port?: number;
  readonly calls?: boolean;
}

/** Delays and batching windows are a tenth of AWS's: an e-mail comes some seconds after a change. */
const pace = 0.1;
const lookEveryMilliseconds = 100;

/**
 * Keeps the stack running on an embedded AWS, and shows what it publishes, until the process is told to stop.
 * @throws {InputError} where a file or the port cannot be used.
 */
export async function keepRunning(flags: LocalFlags): Promise<void> {
  const stopped = stopSignal();
  const deployed = await start(flags);
  try {
    write(guide(deployed, flags));
    await show(deployed, flags, stopped);
  } finally {
    await deployed.stop();
  }
  process.stderr.write('stopped; nothing is left of it\n');
}

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
      stackEvents: true,
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
  const program = `node ${quoted(relative(process.cwd(), process.argv[1] ?? ''))}`;
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
  ${program} check${expectations}
  ${program} explain role/${someone} DeleteFaces${expectations}

Ctrl-C ends it.
`;
}

/** For a shell; the values are this program's own, and are quoted all the same. */
function exportLines(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}=${quoted(value)}`)
    .join('\n');
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

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

const write = (text: string): void => void process.stdout.write(text);
