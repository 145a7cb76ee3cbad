import type { Account, Guardrails } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import type { Use } from '#lib/change/usage.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import { Callers } from '#lib/reach/callers.ts';
import type { Unused } from '#lib/report/usage.ts';
import { subjectName } from '#lib/words/labels.ts';
import { Survey } from './survey.ts';
import { accessOf } from './who-can.ts';

export interface UnusedOptions {
  readonly baseline: Baseline;
  readonly guardrails?: Guardrails | undefined;
  /** Days that are looked back. */
  readonly days: number;
  readonly now?: Date;
}

/**
 * What principals of an account can do in Rekognition and have not done in so many days, by recorded events. Where the events
 * begin later, it is about the days that there are.
 */
export async function unused(
  account: Account,
  uses: AsyncIterable<Use>,
  { baseline, guardrails, days, now = new Date() }: UnusedOptions,
): Promise<Unused> {
  const since = new Date(now.getTime() - days * 86_400_000).toISOString();
  const used = new Map<string, Set<string>>();
  let first: string | undefined;
  for await (const { principalArn, action, time, denied } of uses) {
    if (first === undefined || time < first) first = time;
    if (denied || time < since) continue;
    const known = used.get(principalArn) ?? new Set<string>();
    used.set(principalArn, known.add(action));
  }
  const callers = new Callers();
  for await (const principal of account.principals()) callers.see(principal);
  const survey = new Survey({ baseline, guardrails, callers });
  const principals = [...callers.all()].flatMap((principal) => {
    const can = accessOf(principal, survey, actions).filter(({ access }) => access !== 'none');
    const own = used.get(principal.arn);
    const idle = can.map(({ action }) => action).filter((action) => own?.has(action) !== true);
    if (idle.length === 0) return [];
    return [{ subject: subjectName(principal), arn: principal.arn, granted: can.length, unused: idle }];
  });
  return {
    accountId: account.accountId,
    since,
    ...(first === undefined ? {} : { evidenceFrom: first }),
    isCovered: first !== undefined && first <= since,
    principals,
  };
}
