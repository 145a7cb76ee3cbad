import { mayHaveAccess, PolicyError } from '@permission-check/iam-policy';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { CompiledSets } from '#lib/check/policy-sets.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import type { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { reachWords } from '#lib/reach/words.ts';
import type { ReachChange } from '#lib/report/differences.ts';
import { subjectName } from '#lib/words/labels.ts';
import { admissionsAt } from './admissions-at.ts';

/** The principals of an account at one time, and its identity pools where they were read. */
interface Side {
  readonly principals: readonly Principal[];
  readonly pools: Account['identityPools'];
}

const names = actions.map(({ action }) => action);

/** The roles of two accounts that may do something in Rekognition and can be become by others than before. */
export function reachChanges(
  before: Side,
  after: Side,
  { baseline, guardrails }: { readonly baseline: Baseline; readonly guardrails?: Guardrails | undefined },
): readonly ReachChange[] {
  const past = new Map(before.principals.map((principal) => [principal.arn, principal]));
  const isAlike = (one: Principal) => past.get(one.arn)?.trust?.text === one.trust?.text;
  if (before.pools === undefined && after.pools === undefined && after.principals.every(isAlike)) return [];
  const sets = new CompiledSets(guardrails);
  const admissions = admissionsAt(baseline, guardrails);
  const [then, now] = [reachIn(before, admissions), reachIn(after, admissions)];
  return after.principals.flatMap((principal) => {
    const old = past.get(principal.arn);
    if (old === undefined || principal.kind === 'user' || !mayDoSomething(principal, sets)) return [];
    const [was, is] = [wordsOf(old, then), wordsOf(principal, now)];
    if (was === is) return [];
    return [{ subject: subjectName(principal), ...(was && { before: was }), ...(is && { after: is }) }];
  });
}

function reachIn({ principals, pools }: Side, admissions: Admissions): Reach {
  const callers = new Callers();
  for (const principal of principals) callers.see(principal);
  return new Reach(admissions, callers, pools);
}

const wordsOf = (principal: Principal, reach: Reach) =>
  reachWords(reach.roadTo(principal), reach.waysInto(principal));

function mayDoSomething(principal: Principal, sets: CompiledSets): boolean {
  if (principal.unreadable.length > 0) return true;
  try {
    const set = sets.observed(principal);
    return set.unreadable.length > 0 || mayHaveAccess(set, names, {});
  } catch (error) {
    if (error instanceof PolicyError) return true;
    throw error;
  }
}
