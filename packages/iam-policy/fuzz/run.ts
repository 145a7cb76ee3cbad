import { parseArgs } from 'node:util';
import { fuzz } from './differential.ts';

/**
 * Differential testing of the evaluator on random policies, against an independent engine:
 * npm run fuzz -- --cases 100000 --seed 1
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text} `);
}

async function random(cases: number, seed: number): Promise<number> {
  const report = await fuzz(cases, seed, ({ cases: done, disagreements, seconds }) => {
    const line = `${done} cases, ${disagreements} disagreements, ${Math.round(done / seconds)} cases/s`;
    progress(line);
    if (done % 10_000 === 0) console.log(line);
  });
  for (const reproduction of report.reproductions) console.log(`\nDISAGREEMENT\n${reproduction}`);
  console.log(
    `\n${report.cases} cases, ${report.disagreements} disagreements, ${report.seconds.toFixed(1)} s, ` +
      `${Math.round(report.cases / report.seconds)} cases/s (seed ${seed})`,
  );
  for (const [decision, count] of report.decisions) console.log(`  ${decision}: ${count}`);
  console.log(
    `${report.settled} cases decided by a documented AWS rule against the oracle (packages/iam-policy/fuzz/oracle-exceptions.ts):`,
  );
  for (const [name, count] of [...report.exceptions].sort()) console.log(`  ${name}: ${count}`);
  return report.disagreements;
}

process.exitCode = (await random(Number(values.cases), Number(values.seed))) === 0 ? 0 : 1;
