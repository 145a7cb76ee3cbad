import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Request, RequestContext } from '@permission-check/iam-policy';
import * as z from 'zod';
import { accountFromFile } from '#lib/account/from-file.ts';
import { actions } from '#lib/catalog/actions.ts';
import { checkAccount } from '#lib/check/account.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { groupCalls } from '#lib/plan/group.ts';
import { bundle, inProcess, type Measured, measuredRun } from './account-process.ts';
import { EXAMPLE, hasRealInput, writeSyntheticAccount } from './synthetic-account.ts';

const described = z.object({ sets: z.number(), granted: z.number() });

/** The best of so many runs: the machine has other things to do. */
const RUNS = 3;
const KINDS = ['parse', 'load', 'check'] as const;

/**
 * Checks synthetic accounts offline, each run in a process of its own, beside merely parsing the same file: seconds,
 * peak memory, and how both grow.
 */
export async function benchAccounts(sizes: readonly number[] = [1_000, 10_000, 100_000]): Promise<void> {
  if (!hasRealInput()) {
    console.log('accounts: skipped, ../shared/data with the real policies is not here');
    return;
  }
  console.log('\nWhole account offline, built-in expectation (best of 3 runs, each a process of its own)');
  console.log(
    'principals    sets  granted  file MB | JSON.parse s    MB |   load s    MB |  check s    MB  findings | check/parse',
  );
  const folder = await mkdtemp(join(tmpdir(), 'bench-accounts-'));
  try {
    const script = await bundle(join(folder, 'account-run.mjs'));
    let before: Row | undefined;
    for (const size of sizes) {
      const row = await measureSize(script, join(folder, `${size}.json`), size);
      console.log(line(row));
      if (before !== undefined) console.log(growth(before, row));
      before = row;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  console.log(
    'sets: distinct policy sets. granted: principals with a statement that allows a Rekognition action.',
  );
}

interface Row extends z.infer<typeof described>, Readonly<Record<(typeof KINDS)[number], Measured>> {
  readonly size: number;
  readonly megabytes: number;
}

async function measureSize(script: string, path: string, size: number): Promise<Row> {
  await writeSyntheticAccount(path, size);
  const runs: Record<(typeof KINDS)[number], Measured[]> = { parse: [], load: [], check: [] };
  // In turn, so that what else the machine does falls on all of them.
  for (let run = 0; run < RUNS; run++) {
    for (const kind of KINDS) runs[kind].push(await measuredRun(script, kind, path, size));
  }
  const row = {
    size,
    megabytes: (await stat(path)).size / 1e6,
    ...described.parse(await inProcess(script, 'describe', path)),
    parse: best(runs.parse),
    load: best(runs.load),
    check: best(runs.check),
  };
  await rm(path);
  return row;
}

function line({ size, sets, granted, megabytes, parse, load, check }: Row): string {
  return [
    String(size).padStart(10),
    String(sets).padStart(7),
    String(granted).padStart(8),
    megabytes.toFixed(1).padStart(8),
    `| ${figures(parse, 12)}`,
    `| ${figures(load, 8)}`,
    `| ${figures(check, 8)}`,
    String(check.findings).padStart(9),
    `| ${(check.seconds / parse.seconds).toFixed(2).padStart(10)}×`,
  ].join(' ');
}

function growth(small: Row, large: Row): string {
  const times = (of: (row: Row) => number) => `×${(of(large) / of(small)).toFixed(1)}`;
  return (
    `           principals ${times(({ size }) => size)}, bytes ${times(({ megabytes }) => megabytes)}: ` +
    `parse ${times(({ parse }) => parse.seconds)}, check ${times(({ check }) => check.seconds)}, ` +
    `memory of parse ${times(({ parse }) => parse.megabytes)}, of check ${times(({ check }) => check.megabytes)}`
  );
}

/** How many SimulatePrincipalPolicy calls the check of the example account takes, by how cleverly it asks. */
export async function benchCalls(): Promise<void> {
  if (!hasRealInput()) {
    console.log('simulation calls: skipped, ../shared/data with the example account is not here');
    return;
  }
  const expectations = builtInExpectations();
  let planned = 0;
  let sent = 0;
  const count = shareAnswers(async (_, requests, calls) => {
    sent += calls.length;
    return requests.map((): Evidence => ({ kind: 'simulated', decision: 'implicitDeny' }));
  });
  const { principals } = await checkAccount(await accountFromFile(EXAMPLE), {
    expectations,
    simulate: (arn, requests, calls) => {
      planned += calls.length;
      return count(arn, requests, calls);
    },
  });
  const each = groupCalls(everyAction(expectations.baseline.context)).length;
  console.log(`\nSimulatePrincipalPolicy calls for the example account, ${principals.length} principals`);
  console.log(`  naive, one an action        ${actions.length * principals.length}`);
  console.log(`  grouped, ${each} a principal      ${each * principals.length}`);
  console.log(
    `  planned                     ${planned} (only whom something could be allowed, witnesses included)`,
  );
  console.log(`  planned, answers shared     ${sent} (outside an organization)`);
}

/** Every action on `*`, or on an ARN of each of its types. */
function everyAction(context: RequestContext): Request[] {
  return actions.flatMap(({ action, resourceTypes: types }) =>
    (types.length === 0 ? ['*'] : types.map(({ name }) => name)).map((resource) => ({
      action,
      resource,
      context,
    })),
  );
}

function best(runs: readonly Measured[]): Measured {
  return runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
}

function figures({ seconds, megabytes }: Measured, width: number): string {
  return `${seconds.toFixed(3).padStart(width)} ${megabytes.toFixed(0).padStart(5)}`;
}
