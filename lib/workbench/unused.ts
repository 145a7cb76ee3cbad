import type { LastAccess } from '#lib/account/last-accessed.ts';
import type { Account, Guardrails } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import type { Use } from '#lib/change/usage.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import { Callers } from '#lib/reach/callers.ts';
import type { Unused } from '#lib/report/usage.ts';
import { subjectName } from '#lib/words/labels.ts';
import { Survey } from './survey.ts';
import { accessOf } from './who-can.ts';

interface GrantOptions {
  readonly baseline: Baseline;
  readonly guardrails?: Guardrails | undefined;
}

export interface UnusedOptions extends GrantOptions {
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
  const principals: Unused['principals'][number][] = [];
  for (const { subject, arn, granted } of await grantsOf(account, { baseline, guardrails })) {
    const own = used.get(arn);
    const idle = granted.filter((action) => own?.has(action) !== true);
    if (idle.length > 0) principals.push({ subject, arn, granted: granted.length, unused: idle });
  }
  return {
    accountId: account.accountId,
    since,
    ...(first === undefined ? {} : { evidenceFrom: first }),
    isCovered: first !== undefined && first <= since,
    principals,
  };
}

/**
 * The same from what IAM remembers of its last 400 days: when somebody last used Rekognition, denied calls included, and
 * for the actions that IAM tracks, which. Where it says only that the service was used, nothing is called unused.
 *
 * @param lastAccess what IAM says of the user or role with that ARN
 */
export async function unusedByLastAccess(
  account: Account,
  lastAccess: (arn: string) => Promise<LastAccess>,
  { baseline, guardrails, days, now = new Date() }: UnusedOptions,
): Promise<Unused> {
  const back = (count: number) => new Date(now.getTime() - count * 86_400_000).toISOString();
  const [since, evidenceFrom] = [back(days), back(trackedDays)];
  const principals: Unused['principals'][number][] = [];
  for (const { subject, arn, granted } of await grantsOf(account, { baseline, guardrails })) {
    const { lastUsed, actions: tracked } = await lastAccess(arn);
    const isUsed = lastUsed !== undefined && lastUsed >= since;
    const wasUsed = (action: string) => (tracked.get(action) ?? '') >= since;
    const unused = isUsed ? granted.filter((one) => tracked.has(one) && !wasUsed(one)) : granted;
    const perhaps = isUsed ? granted.filter((one) => !tracked.has(one)) : [];
    if (unused.length + perhaps.length === 0) continue;
    principals.push({
      subject,
      arn,
      granted: granted.length,
      unused,
      ...(lastUsed === undefined ? {} : { lastUsed }),
      ...(perhaps.length === 0 ? {} : { perhapsUnused: perhaps }),
    });
  }
  return { accountId: account.accountId, since, evidenceFrom, isCovered: days <= trackedDays, principals };
}

/** What IAM remembers, at most. Source: IAM User Guide, "Refine permissions using last accessed information". */
const trackedDays = 400;

/** Who can do anything in Rekognition, in some case, and what. */
async function grantsOf(account: Account, { baseline, guardrails }: GrantOptions) {
  const callers = new Callers();
  for await (const principal of account.principals()) callers.see(principal);
  const survey = new Survey({ baseline, guardrails, callers });
  return [...callers.all()].flatMap((principal) => {
    const can = accessOf(principal, survey, actions).filter(({ access }) => access !== 'none');
    const granted = can.map(({ action }) => action);
    return granted.length === 0 ? [] : [{ subject: subjectName(principal), arn: principal.arn, granted }];
  });
}
