import { compileActionPattern, type PolicySource, readPolicy } from '@permission-check/iam-policy';
import { applyChanges } from '#lib/account/apply-change.ts';
import type { Principal } from '#lib/account/types.ts';
import type { PrincipalCheck } from '#lib/check/principal.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { Finding } from '#lib/compare/types.ts';
import { added } from './candidates.ts';
import { type Candidate, inlinePolicy, rewritten, together } from './written-policies.ts';

/** Far more than any principal needs to be kept from. */
const MOST_TAKEN = 40;

/** Which of a step's actions is taken first: IAM's own, or what a service does with a role that it is handed. */
const orders: readonly RegExp[] = [/^iam:/i, /^(?!iam:)/i];

/** Resources that are named for an action; of more it is taken whole. */
const MOST_NAMED = 4;

/** Action → what it may not be done to. */
type Taken = ReadonlyMap<string, readonly string[]>;

/**
 * The ways in which a principal might be kept from giving itself what it should not have: actions that are taken out of
 * its own policies where it stands in them by name, else a Deny beside them, of what they are done to where that can be
 * named. What others have, too, stays as it is.
 *
 * @param all everybody, to know which policies are its own
 * @param check with what a principal can come to
 */
export async function indirectCandidates(
  finding: Finding,
  principal: Principal,
  all: readonly Principal[],
  check: (principal: Principal) => Promise<Pick<PrincipalCheck, 'findings'>>,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const first of orders) {
    const taken = await whatToTake(finding, principal, first, check);
    if (taken === undefined) continue;
    const actions = [...taken.keys()];
    const edited = withoutActions(principal, actions, all);
    if (edited !== undefined) candidates.push(edited);
    candidates.push(denying(principal, taken));
    // Shorter, where a policy has no room for names.
    candidates.push(denying(principal, new Map(actions.map((action) => [action, ['*']]))));
  }
  return candidates;
}

/** Actions without which nothing of the kind is left; undefined where there are none. */
async function whatToTake(
  finding: Finding,
  principal: Principal,
  first: RegExp,
  check: (principal: Principal) => Promise<Pick<PrincipalCheck, 'findings'>>,
): Promise<Taken | undefined> {
  const taken = new Map<string, readonly string[]>();
  let found: Finding | undefined = finding;
  while (found !== undefined) {
    const left = (found.takes ?? []).filter(({ action, resource }) => {
      const gone = taken.get(action) ?? [];
      return !gone.includes('*') && !gone.includes(resource);
    });
    const next = left.find(({ action }) => first.test(action)) ?? left[0];
    if (next === undefined || taken.size >= MOST_TAKEN) return undefined;
    const resources = [...(taken.get(next.action) ?? []), next.resource];
    const isWhole = resources.includes('*') || resources.length > MOST_NAMED;
    taken.set(next.action, isWhole ? ['*'] : resources);
    const [copy = principal] = applyChanges([principal], denying(principal, taken).changes);
    const { findings }: Pick<PrincipalCheck, 'findings'> = await check(copy);
    found = findings.find(({ kind, suppressed }) => kind === 'indirect' && suppressed === undefined);
  }
  return taken;
}

function denying(principal: Principal, taken: Taken): Candidate {
  const byResources = groupBy([...taken], ([, resources]) => resources.join());
  const statements = [...byResources.values()].map((group) => {
    const [[, resources]] = group;
    return {
      Effect: 'Deny',
      Action: group.map(([action]) => action),
      Resource: resources.length === 1 ? resources[0] : resources,
    };
  });
  return inlinePolicy(principal, added.limits, statements);
}

/** Undefined where a policy that others have, or a pattern, allows some of them. */
function withoutActions(
  principal: Principal,
  actions: readonly string[],
  all: readonly Principal[],
): Candidate | undefined {
  const parts = principal.policies.flatMap((policy) => {
    const indexes = allowing(policy, actions);
    if (indexes.length === 0) return [];
    return [
      isOwn(policy, principal, all)
        ? rewritten(
            policy,
            principal,
            indexes.map((index) => ({ index, actions })),
          )
        : undefined,
    ];
  });
  const edits = parts.filter((part) => part !== undefined);
  return edits.length === parts.length && edits.length > 0 ? together(edits) : undefined;
}

/** Whether nobody else has a policy, neither by a group nor as a boundary. */
function isOwn({ type, arn, group }: PolicySource, principal: Principal, all: readonly Principal[]): boolean {
  if (group !== undefined) return false;
  if (type === 'inline') return true;
  return all.every(({ arn: whose, policies, boundary }) =>
    [...(whose === principal.arn ? [] : policies), ...(boundary ? [boundary] : [])].every(
      (other) => other.arn !== arn,
    ),
  );
}

/** The places of the statements that allow some of the actions. */
function allowing({ text }: PolicySource, actions: readonly string[]): readonly number[] {
  const names = actions.map((action) => action.toLowerCase());
  return readPolicy(text).statements.flatMap(({ effect, actions: patterns, notAction, index }) => {
    const isNamed = (name: string) =>
      patterns.some((pattern) => compileActionPattern(pattern)(name)) !== notAction;
    return effect === 'Allow' && names.some(isNamed) ? [index] : [];
  });
}
