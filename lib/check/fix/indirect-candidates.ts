import { compileActionPattern, type PolicySource, parsePolicy } from '@permission-check/iam-policy';
import { applyChanges } from '#lib/account/apply-change.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { PrincipalCheck } from '../principal.ts';
import { added, type Candidate, inlinePolicy, rewritten, together } from './candidates.ts';

/** Far more than any principal needs to be kept from. */
const MOST_TAKEN = 40;

/** Which of a step's actions is taken first: IAM's own, or what a service does with a role that it is handed. */
const orders: readonly RegExp[] = [/^iam:/i, /^(?!iam:)/i];

/**
 * The ways in which a principal might be kept from giving itself what it should not have: actions that are taken out of
 * its own policies where it stands in them by name, else a Deny beside them. What others have, too, stays as it is.
 *
 * @param check with what a principal can come to
 */
export async function indirectCandidates(
  finding: Finding,
  principal: Principal,
  check: (principal: Principal) => Promise<Pick<PrincipalCheck, 'findings'>>,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const first of orders) {
    const actions = await actionsToTake(finding, principal, first, check);
    if (actions === undefined) continue;
    const edited = withoutActions(principal, actions);
    if (edited !== undefined) candidates.push(edited);
    candidates.push(denying(principal, actions));
  }
  return candidates;
}

/** Actions without which nothing of the kind is left; undefined where there are none. */
async function actionsToTake(
  finding: Finding,
  principal: Principal,
  first: RegExp,
  check: (principal: Principal) => Promise<Pick<PrincipalCheck, 'findings'>>,
): Promise<readonly string[] | undefined> {
  const taken: string[] = [];
  let found: Finding | undefined = finding;
  while (found !== undefined) {
    const left: readonly string[] = (found.takes ?? []).filter((action) => !taken.includes(action));
    const next = left.find((action) => first.test(action)) ?? left[0];
    if (next === undefined || taken.length >= MOST_TAKEN) return undefined;
    taken.push(next);
    const [copy = principal] = applyChanges([principal], denying(principal, taken).changes);
    const { findings }: Pick<PrincipalCheck, 'findings'> = await check(copy);
    found = findings.find(({ kind }) => kind === 'indirect');
  }
  return taken;
}

const denying = (principal: Principal, actions: readonly string[]): Candidate =>
  inlinePolicy(principal, added.limits, [{ Effect: 'Deny', Action: actions, Resource: '*' }]);

/** Undefined where a policy that others have, or a pattern, allows some of them. */
function withoutActions(principal: Principal, actions: readonly string[]): Candidate | undefined {
  const parts = principal.policies.flatMap((policy) => {
    const indexes = allowing(policy, actions);
    if (indexes.length === 0) return [];
    const isOwn = policy.type === 'inline' && policy.group === undefined;
    return [
      isOwn
        ? rewritten(
            policy,
            principal,
            indexes.map((index) => ({ index, actions })),
          )
        : undefined,
    ];
  });
  const all = parts.filter((part) => part !== undefined);
  return all.length === parts.length && all.length > 0 ? together(all) : undefined;
}

/** The places of the statements that allow some of the actions. */
function allowing({ text }: PolicySource, actions: readonly string[]): readonly number[] {
  const names = actions.map((action) => action.toLowerCase());
  return parsePolicy(text).statements.flatMap(({ effect, actions: patterns, notAction, index }) => {
    const isNamed = (name: string) =>
      patterns.some((pattern) => compileActionPattern(pattern)(name)) !== notAction;
    return effect === 'Allow' && names.some(isNamed) ? [index] : [];
  });
}
