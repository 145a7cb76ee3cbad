import { parseArgs } from 'node:util';
import { fuzz } from '../../packages/iam-policy/fuzz/differential.ts';
import { compareManaged } from './managed.ts';
import { hasRealDocuments, managedPolicies, REKOGNITION_REQUESTS } from './real-documents.ts';

/**
 * Differential testing of the policy evaluator: npm run fuzz -- --cases 100000 --seed 1
 * --managed asks every Rekognition request of every AWS managed policy instead.
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    managed: { type: 'boolean', default: false },
  },
});

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text} `);
}

async function random(cases: number, seed: number): Promise<number> {
  const report = await fuzz(cases, seed, (sofar) =>
    progress(
      `${sofar.cases} cases, ${sofar.disagreements} disagreements, ${Math.round(sofar.cases / sofar.seconds)} cases/s`,
    ),
  );
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

async function managed(): Promise<number> {
  if (!hasRealDocuments)
    throw new Error('the managed policies are not there: ../shared/data/aws-managed-policies.json');
  const started = performance.now();
  const policies = managedPolicies();
  let disagreements = 0;
  let done = 0;
  for (const [name, policy] of policies) {
    const differing = await compareManaged(name, policy);
    for (const each of differing) console.log(`DISAGREEMENT ${JSON.stringify(each)}`);
    disagreements += differing.length;
    done += 1;
    progress(`${done} of ${policies.size} policies, ${disagreements} disagreements`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const decisions = policies.size * REKOGNITION_REQUESTS.length;
  console.log(
    `\n${policies.size} policies, ${decisions} decisions, ${disagreements} disagreements, ${seconds} s`,
  );
  return disagreements;
}

const disagreements = values.managed
  ? await managed()
  : await random(Number(values.cases), Number(values.seed));
process.exitCode = disagreements === 0 ? 0 : 1;
