import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#cli/demo/stack.ts';
import { sum, type Taken } from './stage.ts';

/** What docs/reliability.md says that a scenario takes, at full size. */
export interface Bound {
  readonly calls: number;
  /** MB of the function that checks. */
  readonly memory: number;
}

/** Two runs differ by which of several functions comes first. */
const leeway = 1.2;

/** The table of what was measured: `| noise | 628 | 157 s | 124 MB | …`. */
export function documented(): ReadonlyMap<string, Bound> {
  const text = readFileSync(join(projectRoot, 'docs', 'reliability.md'), 'utf8');
  const rows = text.matchAll(/^\| `(\w+)` +\| ([\d,]+) +\| [\d,]+ s +\| (\d+) MB/gm);
  return new Map(
    [...rows].map(([, name = '', calls = '', memory = '']) => [
      name,
      { calls: Number(calls.replaceAll(',', '')), memory: Number(memory) },
    ]),
  );
}

/** Fails where a scenario took more calls or memory than is written down of it; one of a smaller size may take as much. */
export function assertWithin(
  name: string,
  { calls, memory }: Taken,
  bounds: ReadonlyMap<string, Bound>,
): void {
  const bound = bounds.get(name);
  if (bound === undefined) return;
  const made = sum(calls);
  assert.ok(
    made <= bound.calls * leeway,
    `${name}: ${made} calls to IAM, and docs/reliability.md says ${bound.calls}`,
  );
  const used = Math.max(
    0,
    ...[...memory].flatMap(([of, megabytes]) => (/Check/.test(of) ? [megabytes] : [])),
  );
  assert.ok(
    used <= bound.memory * leeway,
    `${name}: ${used} MB, and docs/reliability.md says ${bound.memory}`,
  );
}
