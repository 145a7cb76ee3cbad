import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#cli/demo/stack.ts';
import { sum, type Taken } from './stage.ts';

/** What docs/reliability.md says that a scenario takes. */
export interface Bound {
  readonly calls: number;
  /** MB of the function that checks. */
  readonly memory: number;
}

/** What was measured, by scenario. */
export type Bounds = ReadonlyMap<string, Bound>;

/** Two runs differ by which of several functions comes first. */
const leeway = 1.2;

/** The tables of what was measured: at full size, and at the size of `npm test`. */
export function documented(
  text = readFileSync(join(projectRoot, 'docs', 'reliability.md'), 'utf8'),
): Readonly<Record<'full' | 'sample', Bounds>> {
  return {
    // | `noise` | 628 | 157 s | 124 MB | …
    full: boundsIn(text.matchAll(/^\| `(\w+)` +\| ([\d,]+) +\| [\d,]+ s +\| ([\d,]+) MB /gm)),
    // | `noise` | 10 policies | 33 | 118 MB |
    sample: boundsIn(text.matchAll(/^\| `(\w+)` +\| [\d,]+ [a-z][^|]*\| ([\d,]+) +\| ([\d,]+) MB +\|$/gm)),
  };
}

function boundsIn(rows: Iterable<RegExpMatchArray>): Bounds {
  const numberOf = (text: string) => Number(text.replaceAll(',', ''));
  return new Map(
    [...rows].map(([, name = '', calls = '', memory = '']) => [
      name,
      { calls: numberOf(calls), memory: numberOf(memory) },
    ]),
  );
}

/** Fails where a scenario took more calls or memory than is written down of it, or where nothing is. */
export function assertWithin(name: string, { calls, memory }: Taken, bounds: Bounds): void {
  const bound = bounds.get(name);
  assert.ok(bound, `${name}: docs/reliability.md says nothing of it`);
  const made = sum(calls);
  assert.ok(
    made <= bound.calls * leeway,
    `${name}: ${made} calls to IAM, and docs/reliability.md says ${bound.calls}`,
  );
  const checking = [...memory].flatMap(([of, megabytes]) => (/Check/.test(of) ? [megabytes] : []));
  const used = Math.max(0, ...checking);
  // Only Linux tells what a process has taken.
  assert.ok(used > 0 || process.platform !== 'linux', `${name}: the memory of the check was not measured`);
  assert.ok(
    used <= bound.memory * leeway,
    `${name}: ${used} MB, and docs/reliability.md says ${bound.memory}`,
  );
}
