import type { PolicySource } from '@permission-check/iam-policy';
import type { AccountChange } from '#lib/account/apply-change.ts';
import { changeCommands } from '#lib/account/change-command.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { compareSeverity } from '#lib/catalog/severity.ts';
import { checkAccount } from '#lib/check/account.ts';
import { indirectChecks } from '#lib/check/indirect.ts';
import { createChecker, type PrincipalCheck } from '#lib/check/principal.ts';
import { withReach } from '#lib/check/reached.ts';
import { withSuppressed } from '#lib/check/suppressed.ts';
import type { Finding } from '#lib/compare/types.ts';
import { InputError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { boundariesOf } from '#lib/reach/policy-versions.ts';
import { Reach } from '#lib/reach/reach.ts';
import { openFindings } from '#lib/report/exit.ts';
import type { Fix } from '#lib/report/fix.ts';
import { listed } from '#lib/words/labels.ts';
import { Survey } from '../survey.ts';
import { withPrincipals } from '../what-if.ts';
import { isPartOf, Repair } from './repair.ts';
import type { EditedDocument } from './written-policies.ts';

export interface FixOptions {
  readonly expectations: Expectations;
  readonly guardrails?: Guardrails | undefined;
  /** Ids of the findings to mend; absent: all. */
  readonly ids?: readonly string[] | undefined;
  readonly now?: () => Date;
}

/**
 * The smallest changes of policies that mend findings. Each is made to a copy and checked again: what was found must be
 * gone, nothing else may be found, for nobody, and of what was there and expected nothing may be lost, which is proved.
 *
 * @throws {InputError} for an id that no finding of the account has
 */
export async function fix(account: Account, options: FixOptions): Promise<Fix> {
  const { expectations, guardrails, ids, now = () => new Date() } = options;
  const principals: Principal[] = [];
  for await (const principal of account.principals()) principals.push(principal);
  const check = (all: readonly Principal[], of = account) =>
    checkAccount(withPrincipals(of, all), { expectations, guardrails, now });
  const before = await check(principals);
  const asked = askedFor(openFindings(before.findings), ids);
  const callers = new Callers();
  for (const principal of principals) callers.see(principal);
  const today = now().toISOString().slice(0, 10);
  const admissions = new Admissions(guardrails, now().toISOString());
  const reach = new Reach(admissions, callers, account.identityPools);
  const checker = createChecker({ ...options, ...account, callers, today });
  const indirectIn = (of: Account) => indirectChecks(callers.all(), admissions, reach, checker, now(), of);
  let withIndirect = indirectIn(account);
  const suppressed = (one: PrincipalCheck) => withSuppressed(one, expectations, today);
  const repair = new Repair(principals, {
    check: async (principal) =>
      suppressed(withReach(await checker(principal), reach, checker.accessOf, withIndirect)),
    checkIndirect: async (principal) =>
      suppressed(withReach(withIndirect(await checker(principal)), reach, checker.accessOf, withIndirect)),
    survey: new Survey({ guardrails, baseline: expectations.baseline, callers }),
    guardrails,
    managedPolicy: account.managedPolicy,
  });
  for (const finding of asked) await repair.mend(finding, asked);
  const changed = withFormerVersions(account, principals, repair.changes);
  let open = openFindings((await check(repair.principals, changed)).findings);
  withIndirect = indirectIn(changed);
  // What somebody could do plainly it may still come to.
  const fresh = open.filter((one) => one.kind === 'indirect' && isOfSame(one, asked));
  for (const finding of fresh) await repair.mend(finding, fresh);
  if (fresh.length > 0) {
    const last = withFormerVersions(account, principals, repair.changes);
    open = openFindings((await check(repair.principals, last)).findings);
  }
  const isLeft = (finding: Finding) => open.some((one) => isPartOf(one, finding));
  const changes = withoutOverwritten(repair.changes);
  return {
    accountId: account.accountId,
    mended: asked.filter((finding) => !isLeft(finding)),
    left: asked.filter(isLeft).map((finding) => ({
      finding,
      why: repair.refusals.get(finding.id) ?? 'no change of policies was found',
    })),
    commands: changeCommands(changes),
    documents: latest(repair.documents),
    open: open.length,
  };
}

/**
 * The account with the versions of policies that are the default no longer after some changes: whoever may make a version
 * the default can bring them back.
 */
function withFormerVersions(
  account: Account,
  before: readonly Principal[],
  changes: readonly AccountChange[],
): Account {
  const arns = new Set(
    changes.flatMap((change) => (change.kind === 'set-default-version' ? [change.policyArn] : [])),
  );
  if (arns.size === 0) return account;
  const former = new Map<string, PolicySource>();
  for (const principal of before) {
    for (const { group: _, ...policy } of [...principal.policies, ...boundariesOf(principal)]) {
      if (policy.arn !== undefined && arns.has(policy.arn)) former.set(policy.arn, policy);
    }
  }
  return { ...account, otherVersions: () => [...(account.otherVersions?.() ?? []), ...former.values()] };
}

function askedFor(open: readonly Finding[], ids: readonly string[] | undefined): readonly Finding[] {
  const sorted = [...open].sort(
    (a, b) =>
      Number(a.kind === 'indirect') - Number(b.kind === 'indirect') ||
      compareSeverity(a.severity, b.severity),
  );
  if (ids === undefined) return sorted;
  const unknown = ids.filter((id) => open.every((finding) => finding.id !== id));
  if (unknown.length > 0) {
    throw new InputError(`there is no open finding ${listed(unknown)}: see the ids in check --format json`);
  }
  return sorted.filter(({ id }) => ids.includes(id));
}

/** Whether a finding is about a principal of others, and none of them. */
const isOfSame = ({ principalArn, id }: Finding, others: readonly Finding[]): boolean =>
  others.some((one) => one.principalArn === principalArn) && others.every((one) => one.id !== id);

/** Without what a later change writes anew, or takes away. */
function withoutOverwritten(changes: readonly AccountChange[]): AccountChange[] {
  const last = new Map(changes.map((change, at) => [targetOf(change), at]));
  return changes.filter((change, at) => last.get(targetOf(change)) === at);
}

function targetOf(change: AccountChange): string {
  switch (change.kind) {
    case 'put':
    case 'delete':
      return JSON.stringify(['inline', change.holder, change.name]);
    case 'attach':
      return JSON.stringify(['managed', change.holder, change.policy.arn]);
    case 'detach':
      return JSON.stringify(['managed', change.holder, change.policyArn]);
    case 'set-default-version':
      return JSON.stringify(['version', change.policyArn]);
    default:
      return JSON.stringify(change);
  }
}

/** Each document once, as it is in the end, with all that was patched. */
function latest(documents: readonly EditedDocument[]): EditedDocument[] {
  const byPolicy = new Map<string, EditedDocument>();
  for (const document of documents) {
    const key = JSON.stringify([document.policy, document.holder]);
    const before = byPolicy.get(key);
    const isNew = before === undefined ? document.patch === undefined : before.patch === undefined;
    const { patch = [], ...rest } = document;
    byPolicy.set(key, isNew ? rest : { ...rest, patch: [...(before?.patch ?? []), ...patch] });
  }
  return [...byPolicy.values()];
}
