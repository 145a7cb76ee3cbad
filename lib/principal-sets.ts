import type { Guardrails, Principal } from './account/types.ts';
import type { Expectation } from './expectation/types.ts';
import type { PolicySet } from './policy/types.ts';

/** The policies that decide what a principal can do, with what its organization puts above it where that is known. */
export function observedPolicies({ policies, boundary }: Principal, guardrails: Guardrails = {}): PolicySet {
  const { scps, rcps } = guardrails;
  return {
    identity: policies,
    ...(boundary === undefined ? {} : { boundary }),
    ...(scps === undefined ? {} : { scps }),
    ...(rcps === undefined ? {} : { rcps }),
  };
}

/** The policies that a principal should amount to. A guard is one more level that must allow, like an SCP. */
export function expectedPolicies({ policies, guards }: Expectation & { kind: 'sets' }): PolicySet {
  const levels = guards.map(({ policy }) => [policy]);
  return { identity: policies, ...(levels.length > 0 ? { scps: levels } : {}) };
}
