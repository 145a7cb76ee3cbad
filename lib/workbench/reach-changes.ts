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
  const callers = new Callers();
  const isAlike = (one: Principal) => leadsAlike(past.get(one.arn), one, callers);
  const isSize = before.principals.length === after.principals.length;
  const isPooled = before.pools !== undefined || after.pools !== undefined;
  if (!isPooled && isSize && after.principals.every(isAlike)) return [];
  const sets = new CompiledSets(guardrails);
  const admissions = admissionsAt(baseline, guardrails);
  const [then, now] = [reachIn(before, admissions), reachIn(after, admissions)];
  return after.principals.flatMap((principal) => {
    const old = past.get(principal.arn);
    if (old === undefined || principal.kind === 'user' || !mayDoSomething(principal, sets)) return [];
    const [was, is] = [wordsOf(old, then), wordsOf(principal, now)];
    if (was === is && isSameTrust(old, principal)) return [];
    const subject = subjectName(principal);
    if (was === is) {
      const same = is ?? 'principals of this account';
      return [{ subject, before: same, after: `${same}, under other conditions` }];
    }
    return [{ subject, ...(was && { before: was }), ...(is && { after: is }) }];
  });
}

/** Whether the same come to somebody by his trust policy, and he by his policies to the same roles. */
export function leadsAlike(one: Principal | undefined, other: Principal, callers: Callers): boolean {
  if (one === undefined || one.trust?.text !== other.trust?.text) return false;
  if (!callers.mayCall(one) && !callers.mayCall(other)) return true;
  const written = ({ policies, boundary }: Principal) =>
    JSON.stringify([policies.map(({ text }) => text), boundary?.text]);
  return written(one) === written(other);
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

/** Whether two trust policies say the same, in whatever order and layout. */
export function isSameTrust(one: Principal, other: Principal): boolean {
  return one.trust?.text === other.trust?.text || plainly(one.trust?.text) === plainly(other.trust?.text);
}

/** What a document says, without names of statements, with its keys and lists in order. */
function plainly(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.stringify(ordered(JSON.parse(text)));
  } catch {
    return text;
  }
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const [only, ...others] = value.map(ordered);
    return others.length === 0 ? only : [only, ...others].map((one) => JSON.stringify(one)).sort();
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([key]) => key !== 'Sid' && key !== 'Id');
  return members.map(([key, member]) => [key, ordered(member)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}
