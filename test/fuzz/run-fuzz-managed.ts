import { compareManaged } from './managed.ts';
import { hasRealDocuments, managedPolicies, REKOGNITION_REQUESTS } from './real-documents.ts';

/** Differential testing of the evaluator: every Rekognition request of every AWS managed policy. npm run fuzz:managed */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text} `);
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

process.exitCode = (await managed()) === 0 ? 0 : 1;
