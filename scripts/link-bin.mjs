// Puts the command line where npx looks, so that `npx rekognition-permission-check` runs this clone's own build. npm
// links the commands of dependencies only; a `bin` in package.json would make npx install the clone into its cache.
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = join(root, 'node_modules', '.bin');
const link = join(directory, 'rekognition-permission-check');
const target = relative(directory, join(root, 'dist', 'cli', 'main.mjs'));

if (existsSync(join(root, 'node_modules'))) {
  mkdirSync(directory, { recursive: true });
  rmSync(link, { force: true });
  if (process.platform === 'win32') writeFileSync(`${link}.cmd`, `@node "%~dp0${target}" %*\r\n`);
  else symlinkSync(target, link);
}
