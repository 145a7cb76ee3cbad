import { readFileSync } from 'node:fs';
import { functionBundle } from './function-bundle.mjs';

const { alias, ...common } = functionBundle;

/**
 * What dynalite's main file says, and what stands there in the bundle: its operations are required by names without an
 * extension, which esbuild does not find, and Node.js warns about url.parse outside node_modules.
 */
const rewritten = [
  ["require('./actions/' + action)", "require('./actions/' + action + '.js')"],
  ["require('./validations/' + action)", "require('./validations/' + action + '.js')"],
  ['url.parse(req.url, true).query', "Object.fromEntries(new URL(req.url, 'http://localhost').searchParams)"],
];
const bundledDynalite = {
  name: 'bundled-dynalite',
  setup(build) {
    build.onLoad({ filter: /node_modules\/dynalite\/index\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const [said, instead] of rewritten) {
        if (!contents.includes(said)) throw new Error(`dynalite does not say ${said} as it did`);
        contents = contents.replace(said, instead);
      }
      return { contents };
    });
  },
};

/** How esbuild bundles the command line: as a function, with every package in it, so that it runs where nothing is installed. */
export const cliBundle = {
  ...common,
  plugins: [...common.plugins, bundledDynalite],
  entryPoints: [{ in: 'cli/main.ts', out: 'main' }],
  alias: {
    yaml: alias.yaml,
    // dynalite (the DynamoDB of the embedded AWS) loads the LevelDB on disk, native code, beside the one in memory that
    // is used here.
    level: 'memory-level',
  },
  // What is CommonJS (dynalite) requires Node's own modules, for which an ESM bundle has no `require`.
  banner: {
    js: "import { createRequire as createRequireOfNode } from 'node:module'; const require = createRequireOfNode(import.meta.url);",
  },
  sourcemap: 'external',
  sourcesContent: false,
};
