// Runs the cases of ../shared, where they are, and holds what is wrong against open-cases.json (name: reason): fails
// when a case that is not listed is wrong, or one that is listed is right or not there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const runner = join(root, '..', 'shared', 'cases', 'run.mjs');
if (!existsSync(runner)) {
  console.log('there is no ../shared/cases: no case was run');
  process.exit();
}

const open = JSON.parse(readFileSync(new URL('open-cases.json', import.meta.url), 'utf8'));
const { stdout, stderr } = spawnSync(process.execPath, [runner], { cwd: root, encoding: 'utf8' });
const lines = stdout.trimEnd().split('\n');
const [, right, all] = /^(\d+) of (\d+) cases right$/.exec(lines.at(-1) ?? '') ?? [];
if (all === undefined) {
  console.error(`the cases were not run to their end:\n${stdout}${stderr}`);
  process.exit(1);
}
// A case that is wrong is a line that begins with its name; the line after it says why.
const wrong = new Map(
  lines.flatMap((line) => (/^[\w-]+: /.test(line) ? [[line.split(':', 1)[0], line]] : [])),
);
const unlisted = [...wrong].filter(([name]) => !(name in open)).map(([, line]) => line);
const mended = Object.keys(open).filter((name) => !wrong.has(name));
for (const line of unlisted) console.error(`wrong, and not listed as open: ${line}`);
for (const name of mended)
  console.error(`listed as open and not wrong: take ${name} out of .ci/open-cases.json`);
console.log(`cases: ${right} of ${all} right, ${Object.keys(open).length} listed as open`);
process.exit(unlisted.length + mended.length === 0 && wrong.size === Number(all) - Number(right) ? 0 : 1);
