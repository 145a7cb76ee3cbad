import { UnansweredError } from '#lib/errors.ts';
import type { Simulate } from './share-answers.ts';

/** A simulation that throws UnansweredError where IAM did not answer, for those who can ask again later. */
export function insistOnAnswers(simulate: Simulate): Simulate {
  return async (principalArn, requests, calls) => {
    const evidence = await simulate(principalArn, requests, calls);
    const silent = evidence.find(({ unanswered }) => unanswered);
    if (silent !== undefined) throw new UnansweredError(silent.reason);
    return evidence;
  };
}
