import { unreadableWords } from '@permission-check/iam-policy';
import { namedPrincipal } from '#lib/account/named.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { mayConcern } from '#lib/check/policy-sets.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Passing } from '#lib/reach/passing.ts';
import { Reach } from '#lib/reach/reach.ts';
import type { Can } from '#lib/report/can.ts';
import { subjectName } from '#lib/words/labels.ts';
import { together } from './access-cases.ts';
import { admissionsAt } from './admissions-at.ts';
import { documentText, type LeastPolicy, leastPolicyOf } from './least-policy.ts';
import { Survey } from './survey.ts';
import { accessOf, whoBecomes } from './who-can.ts';

export interface CanOptions {
  readonly baseline: Baseline;
  readonly guardrails?: Guardrails | undefined;
}

/**
 * What a principal can do in Rekognition, in all, and one policy that amounts to the same.
 *
 * @throws InputError for a name that nobody in the account has, and for a pattern
 */
export async function can(account: Account, name: string, options: CanOptions): Promise<Can> {
  const principal = await namedPrincipal(account, name);
  const callers = new Callers();
  for await (const one of account.principals()) callers.see(one);
  const survey = new Survey({ ...options, callers });
  const own = accessOf(principal, survey, actions);
  const admissions = admissionsAt(options.baseline, options.guardrails);
  const reach = new Reach(admissions, callers, account.identityPools);
  const reachedBy = whoBecomes(principal, reach, new Passing(admissions, reach, callers));
  const least = leastPolicyFor(principal, survey);
  return {
    accountId: account.accountId,
    principal: {
      subject: subjectName(principal),
      arn: principal.arn,
      access: together(own.map(({ access }) => access)),
      actions: own,
      ...(reachedBy === undefined ? {} : { reachedBy }),
    },
    ...(least.statements === undefined
      ? { why: least.why }
      : { policy: documentText(least.statements), statements: least.statements.length }),
  };
}

/** One policy that amounts to what a principal can do. */
export function leastPolicyFor(principal: Principal, survey: Survey): LeastPolicy {
  const [unreadable] = principal.unreadable;
  if (unreadable !== undefined) return { why: `could not be read: ${unreadable}` };
  const observed = survey.setOf(principal);
  const [odd] = observed.unreadable.filter(mayConcern);
  if (odd !== undefined) return { why: unreadableWords(odd) };
  const live = survey.accessOf(principal, actions).filter(({ access }) => access !== 'none');
  return leastPolicyOf(
    survey.inputFor(principal, observed),
    live.map(({ action }) => action),
  );
}
