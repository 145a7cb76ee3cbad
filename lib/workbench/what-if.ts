import { type AccountChange, applyChanges } from '#lib/account/apply-change.ts';
import { changeCommand, changeCommands } from '#lib/account/change-command.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Finding } from '#lib/compare/types.ts';
import { InputError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import type { CheckReport } from '#lib/report/types.ts';
import type { WhatIf } from '#lib/report/what-if.ts';
import { diffPrincipals } from './diff.ts';

export interface WhatIfOptions {
  readonly expectations: Expectations;
  readonly guardrails?: Guardrails | undefined;
}

/**
 * What changes of an account would do, before anybody makes them: the access that is gained and lost, the ways in that
 * change, and the findings that come and go.
 *
 * @param changesOf the changes, for the principals of the account
 * @throws {InputError} for a change that changes nothing
 */
export async function whatIf(
  account: Account,
  changesOf: (principals: readonly Principal[]) => readonly AccountChange[],
  { expectations, guardrails }: WhatIfOptions,
): Promise<WhatIf> {
  const before: Principal[] = [];
  for await (const principal of account.principals()) before.push(principal);
  const changes = changesOf(before);
  for (const change of changes) {
    const changed = applyChanges(before, [change]);
    if (changed.every((principal, at) => isSame(principal, before[at]))) {
      throw new InputError(`nothing would change by: ${changeCommand(change)}`);
    }
  }
  const after = applyChanges(before, changes);
  const checked = (principals: readonly Principal[]) =>
    checkAccount(withPrincipals(account, principals), { expectations, guardrails });
  const [past, present] = [await checked(before), await checked(after)];
  const { baseline } = expectations;
  return {
    accountId: account.accountId,
    commands: changeCommands(changes),
    differences: diffPrincipals(before, after, {
      baseline,
      guardrails,
      names: ['today', 'after the change'],
    }),
    reach: reachChanges(past, present),
    ...findingChanges(past, present),
  };
}

/** The account with other principals. */
export const withPrincipals = (account: Account, principals: readonly Principal[]): Account => ({
  ...account,
  async *principals() {
    yield* principals;
  },
});

const isSame = (one: Principal, other: Principal | undefined): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

function reachChanges(past: CheckReport, present: CheckReport): WhatIf['reach'] {
  const known = new Map(past.principals.map(({ arn, reachedBy }) => [arn, reachedBy]));
  return present.principals
    .filter(({ arn, reachedBy }) => known.get(arn) !== reachedBy)
    .map(({ arn, subject, reachedBy: after }) => {
      const before = known.get(arn);
      return {
        subject,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      };
    });
}

function findingChanges(past: CheckReport, present: CheckReport): Pick<WhatIf, 'come' | 'go' | 'differ'> {
  const before = new Map(past.findings.map((finding) => [finding.id, finding]));
  const after = new Map(present.findings.map((finding) => [finding.id, finding]));
  const differ: WhatIf['differ'][number][] = [];
  for (const [id, finding] of after) {
    const known = before.get(id);
    if (known !== undefined && aboutOf(known) !== aboutOf(finding))
      differ.push({ before: known, after: finding });
  }
  return {
    come: present.findings.filter(({ id }) => !before.has(id)),
    go: past.findings.filter(({ id }) => !after.has(id)),
    differ,
  };
}

const aboutOf = ({ severity, actions, scope, when, summary }: Finding): string =>
  JSON.stringify([severity, actions.map(({ action }) => action), scope, when, summary]);
