import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionSpec } from '@permission-check/embedded-aws';
import { ExecutionEnvironment, lambdaNode } from '@permission-check/embedded-aws';
import { type BuildOptions, build } from 'esbuild';
import * as z from 'zod';
import { type DeployedStack, projectRoot } from '#cli/demo/stack.ts';
import { actions } from '#lib/catalog/actions.ts';
import { functionBundle } from '../scripts/function-bundle.mjs';
import { deployUnpaced } from './deploy.ts';

const inputsSchema = z.record(z.string(), z.array(z.string()));

/** The smallest sample of each function that makes it do its work. */
const eventOf: Readonly<Record<string, string>> = {
  'check-now': 'check-now-one.json',
  'check-principals': 'check-principals.json',
  'on-iam-change': 'on-iam-change.json',
  sweep: 'sweep.json',
};

/** Arguments with which a bare handler makes the same call as ours, as cheaply as it can be made. */
const key = "{ pk: { S: 'bench' }, sk: { S: 'state' } }";
const table = 'TableName: process.env.HISTORY_TABLE';
const argumentsOf: Readonly<Record<string, string>> = {
  'iam:GetAccountAuthorizationDetails': '{}',
  'iam:ListEntitiesForPolicy': "{ PolicyArn: 'arn:aws:iam::123456789012:policy/team/vision' }",
  'iam:GetGroup': "{ GroupName: 'store-analysts' }",
  'iam:SimulatePrincipalPolicy': JSON.stringify({
    PolicySourceArn: 'arn:aws:iam::123456789012:role/analyst',
    ActionNames: actions.map(({ action }) => action),
  }),
  'dynamodb:BatchWriteItem': `{ RequestItems: { [process.env.HISTORY_TABLE]: [{ DeleteRequest: { Key: ${key} } }] } }`,
  'dynamodb:DeleteItem': `{ ${table}, Key: ${key} }`,
  'dynamodb:GetItem': `{ ${table}, Key: ${key} }`,
  'dynamodb:PutItem': `{ ${table}, Item: ${key} }`,
  'dynamodb:Query': `{ ${table}, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'bench' } } }`,
  'dynamodb:Scan': `{ ${table} }`,
  'dynamodb:UpdateItem': `{ ${table}, Key: ${key} }`,
  'sqs:SendMessage': "{ QueueUrl: process.env.CHECK_QUEUE_URL, MessageBody: '{}' }",
  'sqs:SendMessageBatch':
    "{ QueueUrl: process.env.CHECK_QUEUE_URL, Entries: [{ Id: 'a', MessageBody: '{}' }] }",
  'sns:Publish': "{ TopicArn: process.env.FINDINGS_TOPIC_ARN, Message: 'bench' }",
};
const clients: Readonly<Record<string, string>> = {
  iam: 'IAMClient',
  dynamodb: 'DynamoDBClient',
  sqs: 'SQSClient',
  sns: 'SNSClient',
};

/** A handler that creates the same clients and makes the calls that its event names, one after the other. */
function bareHandler(used: readonly string[], calls: readonly string[]): string {
  const imports = used.map((service) => {
    const names = calls
      .filter((call) => call.startsWith(`${service}:`))
      .map((call) => `${call.split(':')[1]}Command`);
    return `import { ${[clients[service], ...names].join(', ')} } from '@aws-sdk/client-${service}';
      const ${service} = new ${clients[service]}({});`;
  });
  const act = calls.map((call) => {
    const [service, operation] = call.split(':');
    return `'${call}': () => ${service}.send(new ${operation}Command(${argumentsOf[call]}))`;
  });
  return `${imports.join('\n')}
    const act = { ${act.join(', ')} };
    export const handler = async ({ calls }) => { for (const call of calls) await act[call]().catch(ifGone); return {}; };
    const ifGone = (error) => { if (error.name !== 'NoSuchEntityException') throw error; };`;
}

interface Sample {
  /** Milliseconds from the start of the process until it asks for its first event. */
  readonly load: number;
  /** Milliseconds from the start of the process until its first answer. */
  readonly answer: number;
}

/**
 * How long each built function takes from the start of its process to its first answer, beside a bare handler that
 * creates the same SDK clients and makes the same calls: under the Node.js that Lambda runs, through the Runtime API,
 * against the embedded AWS. `bare` is built as the functions are, `plain` without what the build does to the SDK (its
 * whole chain of credential providers). Fresh processes, one of each in turn; medians.
 */
export async function benchColdStart(runs = 20): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-cold-start-'));
  // The pace towards IAM is a wait of our own making; here it is out of the way.
  const deployed = await deployUnpaced();
  try {
    console.log(`Cold start on this machine, median of ${runs} fresh processes, milliseconds`);
    const half = ['ours', 'bare', 'plain', '/bare', '/plain'];
    const head = [...half, ...half, 'ours', 'bare', 'plain', 'calls']
      .map((cell) => cell.padStart(7))
      .join('');
    console.log(
      `${' '.repeat(17)}${'load'.padStart(7).padEnd(35)}${'answer'.padStart(8).padEnd(35)}${'KB'.padStart(6)}`,
    );
    console.log(`${' '.repeat(17)}${head}`);
    for (const { codeUri, name } of deployed.stack.template.functions) {
      const handler = codeUri.replace('dist/', '');
      if (eventOf[handler] !== undefined) await compare(deployed, folder, handler, name, runs);
    }
  } finally {
    await deployed.stop();
    rmSync(folder, { recursive: true });
  }
}

async function compare(
  { aws, stack }: DeployedStack,
  folder: string,
  handler: string,
  functionName: string,
  runs: number,
): Promise<void> {
  // What a run sends to queues is not worked on.
  stack.stop();
  const event = readFileSync(join(projectRoot, 'events', eventOf[handler] ?? ''), 'utf8');
  const settings = {
    nodePath: lambdaNode(),
    awsEnvironment: (principalArn: string) => aws.envFor({ principalArn }),
  };
  const cold = async (of: FunctionSpec, payload: string): Promise<Sample> => {
    const environment = new ExecutionEnvironment(of, settings);
    try {
      const result = await environment.invoke(payload, randomUUID());
      const { functionError, coldStartMs = Number.NaN, durationMs } = result;
      if (functionError !== undefined) throw new Error(`${of.name}: ${result.payload}`);
      return { load: coldStartMs - durationMs, answer: coldStartMs };
    } finally {
      environment.stop();
    }
  };
  const spec = aws.platform.lambda.spec(functionName);
  // The second time finds what the first has remembered, as all that follow.
  await cold(spec, event);
  const before = aws.world.calls().length;
  await cold(spec, event);
  const calls = aws.world
    .calls()
    .slice(before)
    .map(({ service, operation }) => `${service}:${operation}`);

  const contents = bareHandler(clientsOf(handler), [...new Set(calls)]);
  const stdin = { contents, resolveDir: projectRoot };
  const bundled = async (name: string, settings: BuildOptions): Promise<FunctionSpec> => {
    const taskRoot = join(folder, `${name}-${handler}`);
    await build({ ...settings, stdin, entryNames: 'index', outdir: taskRoot });
    return { ...spec, name, taskRoot };
  };
  const { alias: _, plugins: __, splitting: ___, ...usual } = functionBundle;
  const bare = await bundled('bare', functionBundle);
  const plain = await bundled('plain', usual);

  const ours: Sample[] = [];
  const bares: Sample[] = [];
  const plains: Sample[] = [];
  const callsEvent = JSON.stringify({ calls });
  for (let run = 0; run < runs; run++) {
    ours.push(await cold(spec, event));
    bares.push(await cold(bare, callsEvent));
    plains.push(await cold(plain, callsEvent));
  }
  const columns = (['load', 'answer'] as const).flatMap((what) => {
    const [our, one, other] = [median(ours, what), median(bares, what), median(plains, what)];
    const ratios = [our / one, our / other].map((ratio) => `${ratio.toFixed(2)}×`);
    return [...[our, one, other].map((ms) => ms.toFixed(0)), ...ratios];
  });
  const sizes = [spec, bare, plain].map(({ taskRoot }) => (loadedBytes(taskRoot) / 1000).toFixed(0));
  const cells = [...columns, ...sizes, `${calls.length}`];
  console.log(handler.padEnd(17) + cells.map((cell) => cell.padStart(7)).join(''));
}

/** What every start loads: the bundle, and what it shares with files that are loaded only when they are needed. */
function loadedBytes(taskRoot: string): number {
  const loaded = readdirSync(taskRoot).filter((file) => /^(index|chunk-\w+)\.mjs$/.test(file));
  return loaded.reduce((bytes, file) => bytes + statSync(join(taskRoot, file)).size, 0);
}

/** The SDK clients in a built function. */
function clientsOf(handler: string): string[] {
  const inputs = inputsSchema.parse(
    JSON.parse(readFileSync(join(projectRoot, 'dist', 'inputs.json'), 'utf8')),
  );
  const found = (inputs[handler] ?? []).flatMap((path) => /@aws-sdk\/client-(\w+)\//.exec(path)?.[1] ?? []);
  return [...new Set(found)].filter((service) => clients[service] !== undefined).sort();
}

function median(samples: readonly Sample[], what: keyof Sample): number {
  const sorted = samples.map((one) => one[what]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
