import type { Request } from '@permission-check/iam-policy';
import type { SimulationCall } from '#lib/plan/types.ts';
import { isEligible } from './eligible.ts';
import type { Evidence } from './types.ts';

/** Asks IAM the requests of a principal by these calls; one piece of evidence for each, in their order. */
export type Simulate = (
  principalArn: string,
  requests: readonly Request[],
  calls: readonly SimulationCall[],
) => Promise<readonly Evidence[]>;

/**
 * Asks IAM once for all principals whose requests are the same object: the planner gives one plan to principals that have
 * the same policies and agree in every context key that these policies read, so IAM would answer the same.
 *
 * That does not hold in an organization, whose SCPs may tell principals apart by their names: an answer that speaks
 * of an organization is never shared, nor one that IAM has left out. What its simulator judges for nobody is left out for
 * everybody. Statement pointers of a shared answer name the principal that was asked.
 *
 * Make a new one for each run: what it remembers is as old as it is.
 */
export function shareAnswers(simulate: Simulate): Simulate {
  const asked = new WeakMap<readonly Request[], Promise<readonly Evidence[]>>();
  return async (principalArn, requests, calls) => {
    const pending = asked.get(requests);
    if (pending !== undefined) {
      // What failed for another principal says nothing of this one.
      const before = await pending.catch(() => undefined);
      if (before?.every((evidence, index) => isShareable(evidence, requests[index]))) return before;
    }
    const answer = simulate(principalArn, requests, calls);
    asked.set(requests, answer);
    return answer;
  };
}

function isShareable({ decision, allowedByOrganizations }: Evidence, request: Request | undefined): boolean {
  if (allowedByOrganizations !== undefined) return false;
  return decision !== 'inconclusive' || (request !== undefined && !isEligible(request));
}
