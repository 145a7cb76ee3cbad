import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { folder, root, run, sample } from './program.ts';

/** Writes the address of every module that is loaded to the file $LOADED. */
const hooks = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(process.env.LOADED, url + '\\n');
    return next(url, context);
  }`;
const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`;

const sourceMap = z.object({ sources: z.array(z.string()) });

/** The source files of this project that a command loads, by what the source maps of its bundles say. */
async function loadedBy(args: readonly string[]): Promise<string[]> {
  const log = join(folder(), 'loaded.txt');
  await run(args, { NODE_OPTIONS: `--import ${dataUrl(register)}`, LOADED: log });
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((url) => url.startsWith('file:') && url.includes('/dist/cli/'))
    .map((url) => `${fileURLToPath(url)}.map`)
    .filter((map) => existsSync(map))
    .flatMap((map) => sourceMap.parse(JSON.parse(readFileSync(map, 'utf8'))).sources)
    .map((source) => source.replace(/^(\.\.\/)+/, ''));
}

const embedded = (path: string): boolean =>
  /^(packages\/(embedded-aws|cloudformation)|cli\/demo)\//.test(path);

it('a check loads nothing of the embedded AWS, of templates and of the demonstration', async () => {
  const loaded = await loadedBy(['check', ...sample]);
  expect(loaded).toContain('lib/check/account.ts');
  expect(loaded.filter(embedded)).toEqual([]);
});

it('`local` loads it', async () => {
  // A file that is no account ends it before it begins.
  const loaded = await loadedBy(['local', '--account', join(root, 'package.json')]);
  expect(loaded.filter(embedded)).toContain('packages/embedded-aws/src/world.ts');
});
