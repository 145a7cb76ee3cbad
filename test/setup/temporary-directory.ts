import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What Node.js and tsx keep between their runs. */
const caches = /^(node-compile-cache|tsx-\d+)$/;

/** Gives the tests a temporary directory of their own, and fails the run where one of them leaves something there. */
export function setup(): () => void {
  const before = process.env.TMPDIR;
  const directory = mkdtempSync(join(tmpdir(), 'test-run-'));
  process.env.TMPDIR = directory;
  return () => {
    const left = readdirSync(directory).filter((name) => !caches.test(name));
    rmSync(directory, { recursive: true, force: true });
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    if (left.length === 0) return;
    process.exitCode = 1;
    console.error(`tests left this in the temporary directory: ${left.join(', ')}`);
  };
}
