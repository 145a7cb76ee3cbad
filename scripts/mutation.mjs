// npm run mutation -- PATH…: mutates the code of these files or directories, and shows what no test notices. Takes
// minutes a file.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const rooms = ['packages/iam-policy/', 'lib/compare/', 'lib/plan/', 'lib/outbox/'];
const paths = process.argv.slice(2);
const usable = (path) => existsSync(path) && rooms.some((room) => `${path}/`.startsWith(room));
if (paths.length === 0 || !paths.every(usable)) {
  console.error(
    `error: give files or directories in ${rooms.join(', ')}, as in: npm run mutation -- lib/compare/severity.ts`,
  );
  process.exit(3);
}
const globs = paths.map((path) =>
  statSync(path).isDirectory() ? `${path.replace(/\/$/, '')}/**/*.ts` : path,
);
const tests = ['!**/*.test.ts', '!packages/*/{test,testing,fuzz,bench}/**'];
const { status } = spawnSync('stryker', ['run', '--mutate', [...globs, ...tests].join(',')], {
  stdio: 'inherit',
});
process.exit(status ?? 4);
