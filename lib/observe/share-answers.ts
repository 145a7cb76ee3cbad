import type { Request } from '@permission-check/iam-policy';
import type { SimulationCall } from '#lib/plan/types.ts';
import type { Evidence } from './types.ts';

type Simulate = (
  principalArn: string,
  requests: readonly Request[],
  calls: readonly SimulationCall[],
) => Promise<readonly Evidence[]>;

/**
 * Asks IAM once for all principals whose requests are the same object: the planner gives one plan to principals that have
 * the same policies and agree in every context key that these policies read, so IAM would answer the same.
 *
 * That does not hold in an organization, whose SCPs may tell principals apart by their names: an answer that speaks
 * of an organization is never shared, nor one that is not complete. Statement pointers of a shared answer name the
 * principal that was asked.
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
      if (before?.every(isShareable)) return before;
    }
    const answer = simulate(principalArn, requests, calls);
    asked.set(requests, answer);
    return answer;
  };
}

function isShareable({ decision, allowedByOrganizations }: Evidence): boolean {
  return decision !== 'inconclusive' && allowedByOrganizations === undefined;
}
