import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Builds handlers as scripts/build.mjs does: name → source text; answers the directory that holds `<name>/index.mjs`. */
export async function bundleHandlers(sources: Readonly<Record<string, string>>): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'handlers-'));
  await Promise.all(
    Object.entries(sources).map(([name, contents]) =>
      build({
        stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        mainFields: ['module', 'main'],
        outfile: join(directory, name, 'index.mjs'),
        logLevel: 'warning',
      }),
    ),
  );
  return directory;
}

/** An account with nobody in it. */
export const emptyAccount = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [] };
