import { parseArgs } from 'node:util';
import { fuzz } from '#test/fuzz/differential.ts';

/** Differential testing of the policy evaluator: npm run fuzz -- --cases 100000 --seed 1 */
const { values } = parseArgs({
  options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});

const report = await fuzz(Number(values.cases), Number(values.seed), ({ cases, disagreements, seconds }) => {
  if (process.stderr.isTTY) {
    process.stderr.write(
      `\r${cases} cases, ${disagreements} disagreements, ${Math.round(cases / seconds)} cases/s `,
    );
  }
});
for (const reproduction of report.reproductions) console.log(`\nDISAGREEMENT\n${reproduction}`);
console.log(
  `\n${report.cases} cases, ${report.disagreements} disagreements, ${report.seconds.toFixed(1)} s, ` +
    `${Math.round(report.cases / report.seconds)} cases/s (seed ${values.seed})`,
);
for (const [decision, count] of report.decisions) console.log(`  ${decision}: ${count}`);
console.log(
  `${report.settled} cases decided by a documented AWS rule against the oracle (test/fuzz/oracle-exceptions.ts):`,
);
for (const [name, count] of [...report.exceptions].sort()) console.log(`  ${name}: ${count}`);
process.exitCode = report.disagreements === 0 ? 0 : 1;
