import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { hasRealInput, writeSyntheticAccount } from './synthetic-account.ts';

const measured = z.object({
  seconds: z.number(),
  megabytes: z.number(),
  principals: z.number(),
  findings: z.number(),
});
type Measured = z.infer<typeof measured>;

/** The best of so many runs: the machine has other things to do. */
const RUNS = 3;

/**
 * Checks synthetic accounts offline, each run in a process of its own, beside merely parsing the same file: seconds,
 * peak memory, and how both grow.
 */
export async function benchAccounts(sizes: readonly number[] = [1_000, 10_000, 100_000]): Promise<void> {
  if (!hasRealInput()) {
    console.log('accounts: skipped, ../shared/data with the real policies is not here');
    return;
  }
  console.log('Whole account offline, built-in expectation (best of 3, each a process of its own)');
  console.log(
    'principals   file MB | JSON.parse s    MB |   load s    MB |  check s    MB  findings |  check/parse',
  );
  const folder = await mkdtemp(join(tmpdir(), 'bench-accounts-'));
  try {
    for (const size of sizes) {
      const path = join(folder, `${size}.json`);
      await writeSyntheticAccount(path, size);
      const megabytes = (await stat(path)).size / 1e6;
      const parse = await best('parse', path, size);
      const load = await best('load', path, size);
      const check = await best('check', path, size);
      const columns = [
        String(size).padStart(10),
        megabytes.toFixed(1).padStart(9),
        `| ${figures(parse, 12)}`,
        `| ${figures(load, 8)}`,
        `| ${figures(check, 8)}`,
        String(check.findings).padStart(9),
        `| ${(check.seconds / parse.seconds).toFixed(2).padStart(12)}`,
      ];
      console.log(columns.join(' '));
      await rm(path);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function best(what: 'parse' | 'load' | 'check', path: string, principals: number): Promise<Measured> {
  const runs: Measured[] = [];
  for (let run = 0; run < RUNS; run++) {
    const script = join(import.meta.dirname, 'account-run.ts');
    const args = [...process.execArgv, '--max-old-space-size=8192', script, what, path];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const result = measured.parse(JSON.parse(stdout));
    if (result.principals !== principals)
      throw new Error(`${what}: ${result.principals} principals of ${principals}`);
    runs.push(result);
  }
  return runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
}

function figures({ seconds, megabytes }: Measured, width: number): string {
  return `${seconds.toFixed(3).padStart(width)} ${megabytes.toFixed(0).padStart(5)}`;
}
