import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives the run a temporary directory of its own, and fails it where a test leaves something there. Named first among
 * the global setups, so that everything that the run starts has it.
 */
export function setup(): () => void {
  const before = process.env.TMPDIR;
  const directory = mkdtempSync(join(tmpdir(), 'test-run-'));
  process.env.TMPDIR = directory;
  return () => {
    // Node.js keeps compiled code there for all that it runs.
    const left = readdirSync(directory).filter((name) => name !== 'node-compile-cache');
    rmSync(directory, { recursive: true, force: true });
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    if (left.length === 0) return;
    process.exitCode = 1;
    console.error(`tests left this in the temporary directory: ${left.join(', ')}`);
  };
}
