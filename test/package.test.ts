import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { root } from './support/handler-bundles.ts';

const names = z.record(z.string(), z.string());
const manifest = z.looseObject({
  name: z.string(),
  version: z.string().optional(),
  bin: names.optional(),
  dependencies: names.optional(),
  devDependencies: names.optional(),
  workspaces: z.array(z.string()).optional(),
});
const manifestIn = (directory: string) =>
  manifest.parse(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')));
const project = manifestIn(root);
const workspace = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));

/** What the build says of the packages that went into the functions and the command line. */
const bundled = z
  .array(z.object({ name: z.string(), version: z.string(), license: z.string(), imported: z.boolean() }))
  .parse(JSON.parse(readFileSync(join(root, 'dist', 'packages.json'), 'utf8')));

describe('the dependencies', () => {
  it('are what the bundles import: everything else is for development', () => {
    const imported = bundled.filter((one) => one.imported).map(({ name }) => name);
    const declared = [root, ...workspace].flatMap((one) => Object.keys(manifestIn(one).dependencies ?? {}));
    const own = new Set(workspace.map((one) => manifestIn(one).name));
    expect([...new Set(declared)].filter((name) => !own.has(name)).sort()).toEqual(
      [...new Set(imported)].sort(),
    );
  });

  it('are all in the bill of materials, and what is for development alone is not', () => {
    const text = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8' });
    const bill = z
      .object({
        bomFormat: z.literal('CycloneDX'),
        metadata: z.object({ component: z.object({ name: z.string() }) }),
        components: z.array(z.object({ 'bom-ref': z.string(), name: z.string() })),
        dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
      })
      .parse(JSON.parse(text));
    const listed = new Set(bill.components.map((one) => one['bom-ref']));
    expect(bundled.length).toBeGreaterThan(50);
    expect(
      bundled.map(({ name, version }) => `${name}@${version}`).filter((one) => !listed.has(one)),
    ).toEqual([]);
    const names = bill.components.map(({ name }) => name);
    for (const name of ['vitest', 'typescript', 'esbuild']) expect(names).not.toContain(name);
    expect(bill.metadata.component.name).toBe(project.name);
    // Of the project itself, too.
    listed.add(`${project.name}@${project.version}`);
    const named = bill.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(named.filter((one) => !listed.has(one))).toEqual([]);
  });

  it('are each explained in CONTRIBUTING.md', () => {
    const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
    const [, table = ''] = text.split('| package | for |');
    const explained = table
      .split('\n')
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)]);
    const declared = [root, ...workspace].flatMap((one) => {
      const { dependencies, devDependencies } = manifestIn(one);
      return Object.keys({ ...dependencies, ...devDependencies });
    });
    const foreign = [...new Set(declared)].filter((name) => !name.startsWith('@permission-check/'));
    expect(explained.map(([, name]) => name).sort()).toEqual(foreign.sort());
  });

  it('are permissively licensed, as is what they bring, and their notices are passed on', () => {
    const notices = readFileSync(join(root, 'dist', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const { name, version, license } of bundled) {
      expect(license, name).toMatch(/^(Apache-2\.0|MIT|MIT-0|ISC|BSD-[23]-Clause|0BSD)$/);
      expect(notices).toContain(`${name} ${version} (${license})\n`);
    }
  });

  it('of the workspace have no version of their own', () => {
    for (const one of workspace) expect(manifestIn(one), one).not.toHaveProperty('version');
  });
});

describe('the command line', () => {
  const main = join(root, 'dist', 'cli', 'main.mjs');

  it("says package.json's version", () => {
    const out = execFileSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
    expect(out).toBe(`${project.version}\n`);
  });

  it('reads the embedded AWS only when it is asked for', () => {
    const atStart = filesAtStart('main.mjs').map((file) =>
      readFileSync(join(root, 'dist', 'cli', file), 'utf8'),
    );
    const all = readdirSync(join(root, 'dist', 'cli')).filter((file) => file.endsWith('.mjs'));
    const marks = ['createTableMs', 'Runtime.ExitError', 'The message referred to is not in flight'];
    for (const mark of marks) {
      const anywhere = all.some((file) =>
        readFileSync(join(root, 'dist', 'cli', file), 'utf8').includes(mark),
      );
      expect(anywhere, mark).toBe(true);
      expect(atStart.filter((text) => text.includes(mark)).length, mark).toBe(0);
    }
  });
});

/** Names of the files of dist/cli that starting `file` loads: itself, and what is imported statically. */
function filesAtStart(file: string, seen = new Set<string>()): string[] {
  if (!seen.has(file)) {
    seen.add(file);
    const text = readFileSync(join(root, 'dist', 'cli', file), 'utf8');
    for (const [, next = ''] of text.matchAll(/(?:from|import)"\.\/([\w.-]+\.mjs)"/g))
      filesAtStart(next, seen);
  }
  return [...seen];
}

describe('in a directory of its own', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'package-'));
    for (const one of ['package.json', 'bin', 'scripts'])
      cpSync(join(root, one), join(directory, one), { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });

  it('a start without a build says what to do', () => {
    for (const path of Object.values(project.bin ?? {})) {
      const { status, stderr } = run(path, 'demo');
      expect(stderr).toBe('error: this clone is not built: run `npm ci && npm run build` in it first\n');
      expect(status).toBe(3);
    }
  });

  describe('with a build that is older than the sources', () => {
    const [bin = ''] = Object.values(project.bin ?? {});
    const built = (main: string, lock: string) => {
      mkdirSync(join(directory, 'dist', 'cli'), { recursive: true });
      writeFileSync(join(directory, 'dist', 'cli', 'main.mjs'), main);
      writeFileSync(join(directory, 'package-lock.json'), lock);
      const hash = createHash('sha256').update('the lock of the build').digest('hex');
      writeFileSync(join(directory, 'dist', 'package-lock.sha256'), hash);
    };

    it('starts where the packages are those of the build', () => {
      built("console.log('started');", 'the lock of the build');
      expect(run(bin)).toMatchObject({ status: 0, stdout: 'started\n', stderr: '' });
    });

    it('says what to do where package-lock.json names other packages', () => {
      built("console.log('started');", 'the lock of a later commit');
      expect(run(bin)).toMatchObject({
        status: 3,
        stdout: '',
        stderr:
          'error: this clone was built with other packages than its package-lock.json names: run `npm ci && npm run build` in it\n',
      });
    });

    it.each([
      ["import 'gone-from-the-packages';", /Cannot find package 'gone-from-the-packages'/],
      ["import { gone } from 'node:fs';", /does not provide an export named 'gone'/],
    ])('says what to do where it cannot be loaded: %s', (main, reason) => {
      built(main, 'the lock of the build');
      const { status, stderr } = run(bin);
      expect(stderr).toMatch(
        /^error: the build in dist cannot be loaded \(.+\): run `npm ci && npm run build` in it\n$/,
      );
      expect(stderr).toMatch(reason);
      expect(status).toBe(4);
    });
  });

  it('an installation without development dependencies does not build, and is no failure', () => {
    const { status, stderr } = run('scripts/prepare.mjs');
    expect(stderr).toMatch(/^not built: the development dependencies are left out/);
    expect(status).toBe(0);
  });

  it('the packed manifest names no package, workspace or script, and package.json comes back', () => {
    const before = readFileSync(join(directory, 'package.json'), 'utf8');
    // Twice: a pack that was broken off leaves no trace in the next.
    for (const step of ['prepack', 'prepack'])
      expect(run('scripts/packed-manifest.mjs', step).status).toBe(0);
    const packed = manifestIn(directory);
    expect(packed).toMatchObject({ name: project.name, version: project.version, bin: project.bin });
    for (const key of ['dependencies', 'devDependencies', 'workspaces', 'scripts', 'imports', 'private']) {
      expect(packed).not.toHaveProperty(key);
    }
    expect(run('scripts/packed-manifest.mjs', 'postpack').status).toBe(0);
    expect(readFileSync(join(directory, 'package.json'), 'utf8')).toBe(before);
  });
});
