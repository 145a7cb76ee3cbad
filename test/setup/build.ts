import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What goes into dist, beside the packages. */
const sources = [
  'cli',
  'handlers',
  'lib',
  'packages',
  'scripts',
  'expectations.yaml',
  'package.json',
  'package-lock.json',
];

/** Milliseconds; of a directory, those of the newest file in it; 0 where there is nothing. */
function changedAt(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A directory's own time tells of files that were removed.
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}

/** Tests run what is deployed and what people start: dist, built once before all of them where it is not up to date. */
export function setup(): void {
  const built = changedAt(join(root, 'dist', 'inputs.json'));
  if (sources.every((name) => changedAt(join(root, name)) < built)) return;
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'inherit' });
}
