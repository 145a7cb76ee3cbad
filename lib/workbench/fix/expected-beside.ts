import {
  gained,
  isPrincipalKey,
  mayHaveAccess,
  PolicyCompiler,
  type SearchSpace,
} from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { expectedPolicies, observedPolicies } from '#lib/check/policy-sets.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { escalationActions } from '#lib/reach/escalations.ts';

const anyResource: SearchSpace['resource'] = [{ pattern: [{ chars: { not: '' }, repeat: true }], hints: [] }];

/** Looked through for one action at most. */
const effortOfAction = 300_000;

/**
 * Of the actions of other services by which somebody comes to more: those that could be had and were expected before a
 * change, and could not be had in every case after it.
 */
export function expectedBesideThatIsLost(
  before: Principal,
  after: Principal,
  expectation: Expectation & { kind: 'sets' },
  guardrails?: Guardrails,
): readonly string[] {
  const expected = expectedPolicies(expectation);
  const compiler = new PolicyCompiler(escalationActions, { unreadable: 'keep' });
  const allowed = compiler.compileSet(expected);
  const names = escalationActions.filter((action) => mayHaveAccess(allowed.possible, [action]));
  if (names.length === 0) return [];
  const space: SearchSpace = {
    resource: anyResource,
    known: principalContext(before),
    isKnown: isPrincipalKey,
  };
  return names.filter((action) => {
    const [service] = action.split(':');
    const past = observedPolicies(before, guardrails, service);
    const { identity, scps = [] } = expected;
    const both = compiler.compileSet({ ...past, scps: [...(past.scps ?? []), identity, ...scps] });
    const present = compiler.compileSet(observedPolicies(after, guardrails, service));
    return gained(present, both, { action, space, effort: { left: effortOfAction } }).kind !== 'none';
  });
}
