// Builds what is deployed and what is run: one bundle a Lambda function (dist/<function>/index.mjs, with the
// team's expectations.yaml beside it) and the command line (dist/cli/main.mjs, packages left outside).
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const handlers = readdirSync(join(root, 'handlers')).filter((file) => file.endsWith('.ts'));

rmSync(dist, { recursive: true, force: true });

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
};

const functions = await Promise.all(
  handlers.map(async (file) => {
    const name = basename(file, '.ts');
    const outdir = join(dist, name);
    const { metafile } = await build({
      ...common,
      entryPoints: [join('handlers', file)],
      outfile: join(outdir, 'index.mjs'),
      // An ESM bundle of the SDK's CommonJS build does not start ("Dynamic require of node:https").
      mainFields: ['module', 'main'],
      minify: true,
      keepNames: true,
      sourcemap: 'external',
      sourcesContent: false,
      legalComments: 'none',
      metafile: true,
    });
    mkdirSync(outdir, { recursive: true });
    if (existsSync(join(root, 'expectations.yaml'))) {
      cpSync(join(root, 'expectations.yaml'), join(outdir, 'expectations.yaml'));
    }
    return [name, metafile];
  }),
);

await build({
  ...common,
  entryPoints: ['cli/main.ts'],
  outfile: join(dist, 'cli', 'main.mjs'),
  packages: 'external',
  sourcemap: true,
  banner: { js: '#!/usr/bin/env node' },
});

// Which packages went into each function: read by the test that keeps copyleft out of what is shipped.
writeFileSync(
  join(dist, 'inputs.json'),
  JSON.stringify(
    Object.fromEntries(functions.map(([name, meta]) => [name, Object.keys(meta.inputs)])),
    null,
    1,
  ),
);
