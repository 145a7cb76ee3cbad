import { parsePolicy } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import { compareManaged, concernsRekognition, type ManagedDisagreement } from './managed.ts';
import { hasRealDocuments, managedPolicies, REKOGNITION_REQUESTS } from './real-documents.ts';

// AWS's 1,523 managed policies lie beside the project, not in it.
describe.skipIf(!hasRealDocuments)('AWS managed policies', () => {
  it('all parse', () => {
    const policies = managedPolicies();
    expect(policies.size).toBe(1523);
    for (const [name, policy] of policies) {
      const { statements } = parsePolicy(JSON.stringify(policy, null, 4));
      expect(statements, name).toHaveLength([policy.Statement].flat().length);
    }
  });

  // All requests for the policies that concern Rekognition, one for each other; `npm run fuzz:managed` asks all.
  it('are decided as by an independent engine', { timeout: 120_000 }, async () => {
    const differing: ManagedDisagreement[] = [];
    let concerned = 0;
    let number = 0;
    for (const [name, policy] of managedPolicies()) {
      number += 1;
      const all = concernsRekognition(policy);
      if (all) concerned += 1;
      const one = number % REKOGNITION_REQUESTS.length;
      const requests = all ? REKOGNITION_REQUESTS : REKOGNITION_REQUESTS.slice(one, one + 1);
      differing.push(...(await compareManaged(name, policy, requests)));
    }
    expect(differing).toEqual([]);
    expect(concerned).toBeGreaterThan(20);
  });
});
