import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasRealInput, writeSyntheticAccount } from './synthetic-account.ts';

const program = fileURLToPath(new URL('../dist/cli/main.mjs', import.meta.url));
/** The best of so many runs: the machine has other things to do. */
const RUNS = 3;
const HEAP = '--max-old-space-size=6000';

/** Seconds of processor time that a process takes, start and end included: others may use the machine meanwhile. */
function seconds(args: readonly string[], expected: readonly number[]): number {
  const times = Array.from({ length: RUNS }, () => {
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null', 'bash', process.execPath, HEAP, ...args],
      { encoding: 'utf8' },
    );
    if (status === null || !expected.includes(status))
      throw new Error(`${args.join(' ')}: ${status} ${stderr}`);
    const [user = 0, system = 0] = (stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number);
    return user + system;
  });
  return Math.min(...times);
}

const parsing = (file: string): readonly string[] => [
  '-e',
  `JSON.parse(require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8'))`,
];

async function compare(title: string, file: string, command: readonly string[], expected: readonly number[]) {
  const { size } = await stat(file);
  const [start, parse, run] = [
    seconds([program, '--version'], [0]),
    seconds(parsing(file), [0]),
    seconds([program, ...command], expected),
  ];
  const figures = [start, parse, run].map((one) => one.toFixed(2).padStart(9)).join('');
  const ratios = [run / parse, run / (start + parse)].map((one) => one.toFixed(2).padStart(11)).join('');
  console.log(`${title.padEnd(30)}${(size / 1e6).toFixed(1).padStart(9)}${figures}${ratios}`);
}

/**
 * Commands of the built command line beside a process that does nothing but JSON.parse the same file, and beside a start that
 * does nothing: who-can on a synthetic account, diff of a Terraform plan.
 */
export async function benchWorkbench(principals = 20_000, resources = 500): Promise<void> {
  console.log('\nCommands as processes (best of 3 runs), seconds of processor time');
  console.log(`${''.padEnd(30)}  file MB    start    parse  command  cmd/parse  cmd/(start+parse)`);
  const folder = await mkdtemp(join(tmpdir(), 'bench-workbench-'));
  try {
    const plan = join(folder, 'plan.json');
    await writeFile(plan, JSON.stringify(planOf(resources)));
    await compare(`diff --plan, ${resources} resources`, plan, ['diff', '--plan', plan], [1, 2]);
    if (!hasRealInput()) {
      console.log('who-can: skipped, ../shared/data with the real policies is not here');
      return;
    }
    const account = join(folder, 'account.json');
    await writeSyntheticAccount(account, principals);
    await compare(
      `who-can, ${principals} principals`,
      account,
      ['who-can', 'DeleteFaces', '--account-details', account],
      [0, 2],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A plan of Terraform that makes roles, each with an inline policy. */
function planOf(resources: number): object {
  const made = Array.from({ length: resources / 2 }, (_, at) => [
    resource('aws_iam_role', `r${at}`, {
      name: `role-${at}`,
      path: '/',
      assume_role_policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      }),
    }),
    resource('aws_iam_role_policy', `p${at}`, {
      name: 'policy',
      role: `role-${at}`,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'rekognition:DetectText', Resource: '*' },
          {
            Effect: 'Allow',
            Action: 'rekognition:SearchFaces',
            Resource: `arn:aws:rekognition:*:123456789012:collection/c-${at}`,
          },
        ],
      }),
    }),
  ]).flat();
  return {
    format_version: '1.2',
    terraform_version: '1.9.0',
    planned_values: {
      root_module: { resources: made.map(({ change, ...rest }) => ({ ...rest, values: change.after })) },
    },
    resource_changes: made,
    configuration: {
      root_module: { resources: made.map(({ change: _, ...rest }) => ({ ...rest, expressions: {} })) },
    },
  };
}

const resource = (type: string, name: string, after: object) => ({
  address: `${type}.${name}`,
  mode: 'managed',
  type,
  name,
  provider_name: 'registry.terraform.io/hashicorp/aws',
  change: {
    actions: ['create'],
    before: null,
    after,
    after_unknown: {},
    before_sensitive: false,
    after_sensitive: {},
  },
});
