import { fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Tally, Work } from './worker.ts';

/**
 * Holds the search against Z3: npm run prove -- --cases 20000 --seed 1
 * Each case is a pair of policy sets; both sides answer whether what one allows the other does. A quarter of the cases
 * are the Rekognition parts of AWS's managed policies, where their documents lie beside the project.
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
  },
});

/** Pairs of one process: Z3 does not give its memory back. */
const perProcess = 250;
const managed = new URL('../../../../shared/data/aws-managed-policies.json', import.meta.url);

const cases = Number(values.cases);
const seed = Number(values.seed);
const queue: Work[] = [];
for (let from = 0; from < cases; from += perProcess) {
  const real = existsSync(managed) && (from / perProcess) % 4 === 3;
  queue.push({ seed: seed + from, count: Math.min(perProcess, cases - from), real, from });
}
const documents = existsSync(managed) ? readFileSync(managed, 'utf8') : undefined;

const total = new Map<string, number>();
const reasons = new Map<string, number>();
let wrong = 0;
let done = 0;
const started = performance.now();

function add(counts: Map<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) counts.set(name, (counts.get(name) ?? 0) + count);
}

function told(counts: ReadonlyMap<string, number>): string {
  const inOrder = [...counts].sort((a, b) => b[1] - a[1]);
  return inOrder.map(([name, count]) => `${count} ${name}`).join(', ');
}

async function work(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const tally = await inProcess(next);
    add(total, tally.kinds);
    add(reasons, tally.reasons);
    for (const one of tally.wrong) console.log(`WRONG ${one}`);
    wrong += tally.wrong.length;
    done += next.count;
    if (done % 1_000 === 0) console.log(`${done} pairs, ${wrong} disagreements: ${told(total)}`);
  }
}

function inProcess(one: Work): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./worker.ts', import.meta.url));
    child.once('message', (tally: Tally) => resolve(tally));
    child.once('exit', (code) => reject(new Error(`a prover ended with ${code} and without an answer`)));
    child.send({ ...one, ...(one.real && { documents }) });
  });
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work));
const seconds = (performance.now() - started) / 1000;
console.log(
  `${cases} pairs (seed ${seed}), ${wrong} disagreements: ${told(total)}; ${(cases / seconds).toFixed(1)} pairs/s`,
);
if (reasons.size > 0) console.log(`not encoded: ${told(reasons)}`);
if (wrong > 0) process.exitCode = 1;
