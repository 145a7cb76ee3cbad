import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { assertAskable } from '#lib/check/asked-space.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Passing } from '#lib/reach/passing.ts';
import { Reach } from '#lib/reach/reach.ts';
import { reachWords } from '#lib/reach/words.ts';
import type { ActionAccess, PrincipalAccess } from '#lib/report/access.ts';
import type { WhoCan } from '#lib/report/who-can.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { together } from './access-cases.ts';
import { admissionsAt } from './admissions-at.ts';
import type { Question } from './explain.ts';
import { Survey } from './survey.ts';

export interface WhoCanOptions {
  readonly actions: readonly CatalogAction[];
  readonly baseline: Baseline;
  readonly guardrails?: Guardrails | undefined;
  readonly resource?: string | undefined;
  readonly context?: Question['context'];
}

/**
 * Who in an account can do any of some actions: on which resources, under which conditions, through which statements,
 * and who can become each of them.
 *
 * @throws InputError for a resource that none of the actions is judged on
 */
export async function whoCan(account: Account, options: WhoCanOptions): Promise<WhoCan> {
  const { actions, resource, guardrails, baseline } = options;
  if (resource !== undefined) assertAskable(resource, actions, { ...account, baseline });
  const callers = new Callers();
  for await (const principal of account.principals()) callers.see(principal);
  const survey = new Survey({ ...options, callers });
  const admissions = admissionsAt(baseline, guardrails);
  const reach = new Reach(admissions, callers, account.identityPools);
  const passing = new Passing(admissions, reach, callers);
  const principals: PrincipalAccess[] = [];
  for (const principal of callers.all()) {
    const own = accessOf(principal, survey, actions);
    const access = together(own.map((one) => one.access));
    const reachedBy = access === 'none' ? undefined : whoBecomes(principal, reach, passing);
    principals.push({
      subject: subjectName(principal),
      arn: principal.arn,
      access,
      actions: own,
      ...(reachedBy === undefined ? {} : { reachedBy }),
    });
  }
  return {
    accountId: account.accountId,
    actions: actions.map(({ action }) => action),
    ...(resource === undefined ? {} : { resource }),
    principals,
  };
}

/** The access of a principal; what could not be read of it may give more. */
export function accessOf(
  principal: Principal,
  survey: Survey,
  actions: readonly CatalogAction[],
): readonly ActionAccess[] {
  const known = survey.accessOf(principal, actions);
  const [unreadable] = principal.unreadable;
  if (unreadable === undefined) return known;
  return known.map((one) => {
    if (one.access === 'full') return one;
    const access = one.access === 'none' ? 'unknown' : one.access;
    return { ...one, access, doubt: `could not be read: ${unreadable}` };
  });
}

/** Who can become a principal: from elsewhere, by services that it can be passed to, and those of the account itself. */
export function whoBecomes(principal: Principal, reach: Reach, passing: Passing): string | undefined {
  if (principal.kind === 'user' || principal.serviceLinked) return undefined;
  const outside = reachWords(reach.roadTo(principal), reach.waysInto(principal));
  const own = reach
    .ownCallersOf(principal)
    .filter(({ arn }) => arn !== principal.arn)
    .map(subjectName)
    .sort();
  const passers = groupBy(passing.of(principal), ({ by }) => namesOf(by));
  const passed = [...passers.values()].map(
    (alike) =>
      `${listed(alike[0].by, 3)}, who can pass it to ${listed(
        alike.map(({ service }) => service),
        4,
      )}`,
  );
  const all = [
    ...(outside === undefined ? [] : [outside]),
    ...(own.length === 0 ? [] : [listed(own, 3)]),
    ...passed,
  ];
  return all.length === 0 ? 'nobody' : all.join('; ');
}

/**
 * Who comes to a principal as its trust policy says, where the others of its account were not read: from elsewhere and by
 * services, and that the account's own are not known.
 */
export function whoIsLetIn(principal: Principal, reach: Reach): string | undefined {
  if (principal.kind === 'user' || principal.serviceLinked) return undefined;
  const outside = reachWords(undefined, reach.waysInto(principal));
  const own = 'whoever of this account can assume it or pass it on, which is not read here';
  return outside === undefined ? own : `${outside}; ${own}`;
}

/** One list is that of many roles. */
const joined = new WeakMap<readonly string[], string>();

function namesOf(by: readonly string[]): string {
  const names = joined.get(by) ?? by.join();
  joined.set(by, names);
  return names;
}
