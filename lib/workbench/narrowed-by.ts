import { decide, PolicyCompiler } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { actionTable } from '#lib/catalog/actions.ts';
import { surelyGained } from '#lib/check/difference.ts';
import { HeldConditions } from '#lib/compare/held-conditions.ts';
import { flow } from '#lib/expectation/flow.ts';
import { demandOf } from '#lib/expectation/guard-of.ts';
import { readGuard } from '#lib/expectation/guards.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { PlanInput, PlannedRequest } from '#lib/plan/types.ts';
import type { ShownNarrowing } from '#lib/report/explain.ts';
import { conditionWords } from '#lib/words/conditions.ts';
import { statementLabel } from '#lib/words/labels.ts';

/** Looked through for the conditions of one action at most. */
const effortOfAction = 1_000_000;

/**
 * The conditions that the access of a principal to one action meets and its expectation does not demand, beyond normal
 * requests; each with the guard that would demand it.
 */
export function narrowedBy(
  { arn, unreadable }: Pick<Principal, 'arn' | 'unreadable'>,
  { builtIn }: Expectation,
  input: PlanInput,
  requests: readonly PlannedRequest[],
): readonly ShownNarrowing[] {
  const { observed, expected, actions } = input;
  const [entry] = actions;
  if (builtIn || entry === undefined) return [];
  // What cannot be read may allow more.
  if (observed.possible !== observed || unreadable.length > 0) return [];
  const fixed = { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': arnParts(arn).accountId };
  const held = new HeldConditions(observed, fixed);
  const effort = { left: effortOfAction };
  return [...held.conditions].flatMap(([key, { test, by }]) => {
    if (!held.holds(key, entry.action)) return [];
    const demand = demandOf(test);
    let isSound = true;
    const read = readGuard('', demand, [], () => {
      isSound = false;
    });
    if (read === undefined || !isSound) return [];
    const guard = compiler.compileSet({ identity: [read.guard.policy] });
    // What a normal request lacks is missing.
    const refuses = requests.some(
      (request) =>
        request.normal &&
        decide(guard, request).decision !== 'allowed' &&
        decide(expected, request).decision === 'allowed',
    );
    const beyond = { ...input, observed: expected, expected: guard };
    if (refuses || !surelyGained(beyond, effort).has(entry.action)) return [];
    return [{ only: conditionWords([test]) ?? '', by: statementLabel(by), guard: flow(demand) }];
  });
}

const compiler = new PolicyCompiler(actionTable);
