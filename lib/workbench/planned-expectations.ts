import type { Principal } from '#lib/account/types.ts';
import type { OpenExpectations } from '#lib/expectation/possible-expectations.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Bound } from '#lib/iac/bounds.ts';
import { settledFor } from '#lib/iac/open-facts.ts';
import { denyAll } from '#lib/iac/planned-policies.ts';

/** What a principal may be expected to do once a plan is deployed. */
export interface PlannedExpectations {
  /** Everything that holds of each of these holds whatever is not known. */
  readonly all: readonly [Expectation, ...Expectation[]];
  /** What decides between them, in words. */
  readonly asks: readonly string[];
}

/**
 * What a principal may be expected to do: by every rule that may match it, and with what sets and guards ask of it that is
 * not known taken as what expects least, and as what expects most.
 */
export function plannedExpectations(
  expectations: Pick<OpenExpectations, 'possibleFor'>,
  principal: Principal,
): PlannedExpectations {
  const possible = expectations.possibleFor(principal);
  if (principal.open === undefined) return possible;
  const asks = new Set(possible.asks);
  const [first, ...others] = possible.all.flatMap((one) => bothWays(one, principal, asks));
  return { all: first === undefined ? possible.all : [first, ...others], asks: [...asks] };
}

function bothWays(expectation: Expectation, principal: Principal, asks: Set<string>): Expectation[] {
  if (expectation.kind === 'any') return [expectation];
  const { policies, guards } = expectation;
  const own = new Set<string>();
  const settled = (bound: Bound): Expectation => ({
    ...expectation,
    policies: settledFor(principal, policies, bound, (name) => own.add(name)).filter(
      (one) => one !== undefined,
    ),
    guards: settledFor(
      principal,
      guards.map(({ policy }) => policy),
      bound,
      (name) => own.add(name),
    ).flatMap((policy, index) => {
      const guard = guards[index];
      return guard === undefined ? [] : [{ ...guard, policy: policy ?? { ...guard.policy, text: denyAll } }];
    }),
  });
  const both = [settled('least'), settled('most')];
  if (own.size === 0) return [expectation];
  for (const name of own) asks.add(name);
  return both;
}
