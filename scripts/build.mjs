// Builds what is deployed and what is run: one bundle a Lambda function (dist/<function>/index.mjs, with the
// team's expectations.yaml and what was read of it beside it) and the command line (dist/cli/main.mjs), each
// with the packages that it uses inside.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { tsImport } from 'tsx/esm/api';
import { bundledPackages, noticesOf } from './bundled-packages.mjs';
import { cliBundle } from './cli-bundle.mjs';
import { functionBundle } from './function-bundle.mjs';
import { pageBundle } from './page-bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist');
// Built aside and put in place at the end: whoever runs dist meanwhile has a whole one.
const dist = `${target}.${process.pid}`;
const handlers = readdirSync(join(root, 'handlers')).filter((file) => file.endsWith('.ts'));
const expectations = await deployable(join(root, 'expectations.yaml'));

const functions = await Promise.all(
  handlers.map(async (file) => {
    const name = basename(file, '.ts');
    const outdir = join(dist, name);
    const { metafile } = await build({
      ...functionBundle,
      entryPoints: [{ in: join('handlers', file), out: 'index' }],
      outdir,
      sourcemap: 'external',
      sourcesContent: false,
    });
    for (const [file, text] of Object.entries(expectations)) writeFileSync(join(outdir, file), text);
    return [name, metafile];
  }),
);

const { metafile: cli } = await build({ ...cliBundle, outdir: join(dist, 'cli') });

// What a report as HTML holds.
const { metafile: page } = await build({ ...pageBundle, outdir: join(dist, 'cli') });

// Functions that write the page have it beside them.
for (const [name, { inputs }] of functions) {
  if (!Object.hasOwn(inputs, 'handlers/setup/page-assets.ts')) continue;
  for (const file of ['page.js', 'page-style.css']) cpSync(join(dist, 'cli', file), join(dist, name, file));
}

// The embedded Lambda starts it beside the code that asks for it.
cpSync(join(root, 'packages/embedded-aws/src/lambda/bootstrap.mjs'), join(dist, 'cli', 'bootstrap.mjs'));

// Which files went into each function: read by the test of the bundles.
writeFileSync(
  join(dist, 'inputs.json'),
  JSON.stringify(
    Object.fromEntries(functions.map(([name, meta]) => [name, Object.keys(meta.inputs)])),
    null,
    1,
  ),
);

// Which packages of others are shipped: passed on with them, and read by the test of the dependencies.
const packages = bundledPackages(root, [cli, page, ...functions.map(([, metafile]) => metafile)]);
writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), noticesOf(packages));
writeFileSync(
  join(dist, 'packages.json'),
  JSON.stringify(
    packages.map(({ texts, ...one }) => one),
    null,
    1,
  ),
);

// Which packages the build is of: a start with others says so.
const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
writeFileSync(join(dist, 'package-lock.sha256'), lock.digest('hex'));

rmSync(target, { recursive: true, force: true });
renameSync(dist, target);

/** The files of the team's expectations that stand beside each function; ends the build where the file has errors. */
async function deployable(path) {
  if (!existsSync(path)) return {};
  const { deployableExpectations } = await tsImport('../lib/expectation/deployable.ts', import.meta.url);
  try {
    const { files, warnings } = deployableExpectations(readFileSync(path, 'utf8'), basename(path));
    for (const warning of warnings) console.warn(`warning: ${warning}`);
    return files;
  } catch (error) {
    if (error.name !== 'InputError') throw error;
    console.error(error.message);
    process.exit(3);
  }
}
