import type { MatchedStatement, PolicySource, Request } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { policyKey, statementKey } from '#lib/compare/finding-id.ts';
import { namedActions } from '#lib/compare/remedies.ts';
import type { Finding, FindingAction } from '#lib/compare/types.ts';
import { actionName, policyLabel, subjectName } from '#lib/words/labels.ts';
import type { PrincipalCheck } from './principal.ts';

/** Who has access by a statement that others should not have by it. */
type KeeperOf = (matched: MatchedStatement, actions: readonly FindingAction[]) => Principal | undefined;

/**
 * The checks with advice that takes nothing from others: where somebody else is rightly allowed the same by the same
 * policy, that is left as it is.
 *
 * @param accessOf what the documents let a principal do
 */
export function sparingOthers(
  checks: readonly PrincipalCheck[],
  accessOf: (principal: Principal) => readonly Request[],
): readonly PrincipalCheck[] {
  const keeperOf = keepers(checks, accessOf);
  return checks.map((check) => {
    const findings = check.findings.map((finding) => spared(finding, check.principal, keeperOf));
    return findings.some((one, index) => one !== check.findings[index]) ? { ...check, findings } : check;
  });
}

/** A policy that several may have: the account's own managed ones, and those of groups. */
const mayBeShared = ({ type, group }: PolicySource): boolean =>
  type === 'customer-managed' || group !== undefined;

/** The shared policies by whose statements somebody can do too much. */
const sharedBy = ({ kind, by }: Finding): readonly MatchedStatement[] =>
  kind === 'excess' ? by.filter(({ policy }) => mayBeShared(policy)) : [];

function keepers(
  checks: readonly PrincipalCheck[],
  accessOf: (principal: Principal) => readonly Request[],
): KeeperOf {
  const excesses = new Map<string, Set<string>>();
  for (const { principal, findings } of checks)
    for (const finding of findings)
      for (const matched of sharedBy(finding)) {
        const key = statementKey(matched);
        excesses.set(key, (excesses.get(key) ?? new Set()).add(principal.arn));
      }
  const holders = holdersOf(checks, new Set([...excesses.keys()].map(policyIn)));
  const known = new Map<string, Principal | undefined>();
  return (matched, actions) => {
    const statement = statementKey(matched);
    const taken = excesses.get(statement) ?? new Set();
    const all = holders.get(policyKey(matched.policy)) ?? [];
    if (all.length === taken.size) return undefined;
    const names = new Set(actions.map(({ action }) => action));
    const key = JSON.stringify([statement, ...names]);
    const keeps = (holder: Principal) =>
      !taken.has(holder.arn) && accessOf(holder).some(({ action }) => names.has(action));
    if (!known.has(key)) known.set(key, all.find(keeps));
    return known.get(key);
  };
}

/** The policy in a key of a statement. */
const policyIn = (key: string): string => key.slice(key.indexOf('|') + 1, key.lastIndexOf('#'));

/** Who has each of some policies. */
function holdersOf(
  checks: readonly PrincipalCheck[],
  policies: ReadonlySet<string>,
): ReadonlyMap<string, readonly Principal[]> {
  const holders = new Map<string, Principal[]>();
  if (policies.size === 0) return holders;
  for (const { principal } of checks)
    for (const key of new Set(principal.policies.map(policyKey))) {
      if (!policies.has(key)) continue;
      const same = holders.get(key) ?? [];
      holders.set(key, same);
      same.push(principal);
    }
  return holders;
}

function spared(finding: Finding, principal: Principal, keeperOf: KeeperOf): Finding {
  let { remedies } = finding;
  for (const matched of sharedBy(finding)) {
    const { policy } = matched;
    const label = policyLabel(policy);
    const edits = (line: string) =>
      line.includes(` of ${label}`) || /^aws iam (delete|detach)-group-policy /.test(line);
    if (!remedies.some(edits)) continue;
    const keeper = keeperOf(matched, finding.actions);
    if (keeper === undefined) continue;
    const what = namedActions(finding.actions.map(({ action }) => actionName(action)).sort());
    const name = subjectName(principal);
    const instead =
      policy.group === undefined
        ? `give ${name} a policy of its own in its place`
        : `take ${name} out of group/${policy.group} and give it policies of its own`;
    const advice = `Leave ${label} as it is, by which ${subjectName(keeper)} has what it should: ${instead}, without ${what}.`;
    remedies = [...remedies.filter((line) => !edits(line)), advice];
  }
  return remedies === finding.remedies ? finding : { ...finding, remedies: [...new Set(remedies)] };
}
