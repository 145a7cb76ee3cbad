/** Runs of `account-run.ts`, each in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import * as z from 'zod';
import { functionBundle } from '../scripts/function-bundle.mjs';

const measured = z.object({
  seconds: z.number(),
  /** Seconds of processor time. */
  cpu: z.number(),
  megabytes: z.number(),
  principals: z.number(),
  findings: z.number(),
});
export type Measured = z.infer<typeof measured>;

/** Bundled as what is deployed is: how TypeScript is run from source costs time of its own. */
export async function bundle(outfile: string): Promise<string> {
  await build({
    ...functionBundle,
    splitting: false,
    entryPoints: [fileURLToPath(new URL('account-run.ts', import.meta.url))],
    outfile,
  });
  return outfile;
}

/** What a run prints. */
export async function inProcess(script: string, what: string, path: string): Promise<unknown> {
  const args = ['--max-old-space-size=8192', script, what, path];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

/** @throws Error where not all principals of the file were seen */
export async function measuredRun(
  script: string,
  what: 'parse' | 'load' | 'check',
  path: string,
  principals: number,
): Promise<Measured> {
  const result = measured.parse(await inProcess(script, what, path));
  if (result.principals !== principals)
    throw new Error(`${what}: ${result.principals} principals of ${principals}`);
  return result;
}
