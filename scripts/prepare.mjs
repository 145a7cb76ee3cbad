// What npm runs after an installation in a clone: the build, where what it needs is installed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

try {
  import.meta.resolve('esbuild');
  import.meta.resolve('tsx/esm/api');
} catch {
  console.error('not built: the development dependencies are left out, and a build needs them (npm ci)');
  process.exit();
}
const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('build.mjs', import.meta.url))], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
