import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Takes node:http as `require` would give it. An ESM import reads every export, and in Node 24 reading those that
 * belong to WebSocket loads the whole of undici, which no function uses: a fifth of the time to start.
 */
const httpAsRequired = {
  name: 'http-as-required',
  setup(build) {
    build.onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'node:http', namespace: 'as-required' }));
    build.onLoad({ filter: /./, namespace: 'as-required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};

/** What a function says of the project: not what npm and its scripts read of it. */
const projectInShort = {
  name: 'project-in-short',
  setup(build) {
    build.onLoad({ filter: /package\.json$/ }, ({ path }) => {
      if (path !== join(root, 'package.json')) return undefined;
      const { name, version, homepage, repository } = JSON.parse(readFileSync(path, 'utf8'));
      return { contents: JSON.stringify({ name, version, homepage, repository }), loader: 'json' };
    });
  },
};

/** How esbuild bundles a Lambda function. */
export const functionBundle = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // What is imported only when it is needed (the YAML parser) is a file of its own, not read at every start.
  splitting: true,
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
  // An ESM bundle of the SDK's CommonJS build does not start ("Dynamic require of node:https").
  mainFields: ['module', 'main'],
  alias: {
    // yaml's entry for Node is CommonJS that requires at run time, which ESM has not; its browser entry is ESM.
    yaml: join(root, 'node_modules/yaml/browser/index.js'),
    '@aws-sdk/credential-provider-node': join(root, 'handlers/setup/lambda-credentials.ts'),
  },
  plugins: [httpAsRequired, projectInShort],
  // Names of functions and classes go, as nothing reads them; errors carry theirs as text. The source maps have them.
  minify: true,
  legalComments: 'none',
  metafile: true,
};
