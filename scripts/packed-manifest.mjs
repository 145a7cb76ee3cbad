// The manifest that `npm pack` puts into the tarball: `prepack` puts it in place of package.json, `postpack` puts
// package.json back. Everything that runs is in dist, so it names no package (or whoever installs the tarball would need
// a registry), no workspaces and no scripts.
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = join(root, 'package.json');
const kept = join(root, 'package.json.kept');
/** What the program or npm reads where the tarball is installed. */
const packed = ['name', 'version', 'description', 'license', 'type', 'engines', 'bin', 'files', 'exports'];

// It is still there where a pack was broken off.
if (existsSync(kept)) renameSync(kept, manifest);
if (process.argv[2] === 'prepack') {
  const project = JSON.parse(readFileSync(manifest, 'utf8'));
  const entries = packed.map((key) => [key, project[key]]);
  copyFileSync(manifest, kept);
  writeFileSync(manifest, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}
