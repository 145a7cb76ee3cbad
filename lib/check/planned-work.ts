import { type CompiledSet, mayHaveAccess, type Request } from '@permission-check/iam-policy';
import { actions } from '#lib/catalog/actions.ts';
import type { SharedFinding } from '#lib/compare/finding-draft.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { isEligible } from '#lib/observe/eligible.ts';
import type { Evidence, Observation } from '#lib/observe/types.ts';
import type { Plan, SimulationCall } from '#lib/plan/types.ts';

/** What all principals of one plan share. */
export interface PlannedWork {
  readonly plan: Plan;
  readonly evaluated: readonly Evidence[];
  /** None where neither the policies nor the expectation can allow anything: IAM need not be asked. */
  readonly calls: readonly SimulationCall[];
  /** What the documents alone show, where no suppression applies. */
  readonly shared: Map<Expectation, readonly SharedFinding[]>;
  /** What the documents allow, for each action one request: beyond an expectation, or beyond nothing. */
  readonly beyond: Map<CompiledSet | undefined, readonly Request[]>;
  /** What the documents allow, for each action one request; unless the plan may leave out such an action. */
  readonly shown: readonly Request[] | 'not all';
}

/** For each action one request that the documents allow, of those that count. */
export function allowedOf(
  { plan, evaluated }: Pick<PlannedWork, 'plan' | 'evaluated'>,
  counts: (request: Request) => boolean = () => true,
): readonly Request[] {
  const allowed = new Map<string, Request>();
  for (const [index, request] of plan.requests.entries()) {
    if (evaluated[index]?.decision !== 'allowed' || allowed.has(request.action)) continue;
    if (counts(request)) allowed.set(request.action, request);
  }
  return [...allowed.values()];
}

/** The same, unless a plan that was made for something else may have left out an action that can be allowed. */
export function allShown(
  work: Pick<PlannedWork, 'plan' | 'evaluated'>,
  observed: CompiledSet,
): readonly Request[] | 'not all' {
  const shown = allowedOf(work);
  const has = new Set(shown.map(({ action }) => action));
  const others = actions.filter(({ action }) => !has.has(action)).map(({ action }) => action);
  return mayHaveAccess(observed, others) ? 'not all' : shown;
}

/** Whether a plan asks about a resource that has the name by chance. */
export function asksAbout({ requests }: Plan, name: string): boolean {
  return requests.some(({ resource }) => `${resource}/`.includes(`/${name}/`));
}

/**
 * Actions that the documents allow and the organization denies, as simulation shows. `undefined` where simulation has not
 * answered about some of them: then nothing is known anew.
 */
export function organizationDenials(
  { plan, evaluated }: PlannedWork,
  simulated: readonly Evidence[],
): readonly string[] | undefined {
  const answers = plan.requests.flatMap((request, index) => {
    const answer = simulated[index];
    const allowed = evaluated[index]?.decision === 'allowed';
    return answer === undefined ? [] : [{ ...request, answer, allowed }];
  });
  const denied: string[] = [];
  for (const [action, all] of groupBy(answers, (one) => one.action)) {
    if (!all.some(({ allowed }) => allowed)) continue;
    // Where the simulator judges nobody, it says nothing of the organization either.
    const judged = all.filter(isEligible);
    const asked = judged.some(({ allowed }) => allowed) ? judged.filter(({ allowed }) => allowed) : judged;
    if (asked.some(({ answer }) => answer.decision === 'inconclusive')) return undefined;
    if (asked.length > 0 && asked.every(({ answer }) => answer.allowedByOrganizations === false))
      denied.push(action);
  }
  return denied.sort();
}

export function observationsOf(
  { plan, evaluated }: PlannedWork,
  simulated?: readonly Evidence[],
): Observation[] {
  return plan.requests.map((request, index) => ({
    request,
    evidence: listOf(evaluated[index], simulated?.[index]),
  }));
}

/** Findings keep these lists by the hundred thousand, and what is made otherwise has room for sixteen more. */
function listOf(first: Evidence | undefined, second: Evidence | undefined): readonly Evidence[] {
  if (first !== undefined && second !== undefined) return [first, second];
  const only = first ?? second;
  return only === undefined ? [] : [only];
}
