// Puts the command line where npx looks first, so that `npx rekognition-permission-check` runs this clone's own build
// and nothing else. npm links the commands of dependencies, but not a project's own.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = join(root, 'node_modules', '.bin');
if (existsSync(join(root, 'node_modules')) && process.platform !== 'win32') {
  mkdirSync(directory, { recursive: true });
  const link = join(directory, 'rekognition-permission-check');
  rmSync(link, { force: true });
  symlinkSync(relative(directory, join(root, 'dist', 'cli', 'main.mjs')), link);
}
