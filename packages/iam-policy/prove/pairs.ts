import fc from 'fast-check';
import type { RawPolicy } from '../fuzz/case.ts';
import { noneCase, action as oddAction, policySetOf, spaceOf } from '../fuzz/none-case.ts';
import { fuzzSpace } from '../fuzz/partial.ts';
import { fuzzedActions, policySet } from '../fuzz/partial-policies.ts';
import { coversAction } from '../reference/evaluate.ts';
import { parsePolicy } from '../src/parse.ts';
import type { PolicySet } from '../src/types.ts';
import type { Pair } from './prove.ts';

/** One side as the other is, or with the other's policies besides, or one of its own. */
function related(observed: PolicySet, other: PolicySet, how: number): PolicySet {
  const identity = [...observed.identity, ...other.identity];
  if (how % 4 === 0) return { ...observed, identity };
  if (how % 4 === 1) return { ...observed, identity: observed.identity.slice(0, 1) };
  return how % 4 === 2 ? { ...other, identity } : other;
}

/** Sets of all layers; one in eight about the resources of another account. */
export const layeredPair: fc.Arbitrary<Pair> = fc
  .record({
    observed: policySet,
    other: policySet,
    how: fc.nat(3),
    turned: fc.boolean(),
    foreign: fc.nat(7).map((one) => one === 7),
    action: fc.constantFrom(...fuzzedActions),
  })
  .map(({ observed, other, how, turned, foreign, action }) => {
    const sides = [observed, related(observed, other, how)];
    const [left = observed, right = other] = turned ? sides.reverse() : sides;
    const space = foreign ? { ...fuzzSpace, resourceAccount: '999999999999' } : fuzzSpace;
    return { observed: left, expected: right, action, space };
  });

/** Policies over odd values. */
const odd: fc.Arbitrary<Pair> = fc.tuple(noneCase, noneCase, fc.nat(3)).map(([asked, other, how]) => {
  const observed = policySetOf(asked.observed, asked.resourcePolicy);
  const opposed = policySetOf(asked.expected ?? other.observed, other.resourcePolicy);
  const expected = related(observed, opposed, how);
  return { observed, expected, action: oddAction, space: spaceOf(asked) };
});

export const randomPair: fc.Arbitrary<Pair> = fc.oneof(
  { weight: 3, arbitrary: layeredPair },
  { weight: 1, arbitrary: odd },
);

/** What real policies say of some actions: the statements that cover one. */
export function partsAbout(actions: readonly string[], document: RawPolicy): RawPolicy | undefined {
  const { statements } = parsePolicy(JSON.stringify(document));
  const raw = [document.Statement].flat();
  const Statement = raw.filter((_, index) => {
    const statement = statements[index];
    return statement !== undefined && actions.some((action) => coversAction(statement, action));
  });
  return Statement.length === 0 ? undefined : { ...document, Statement };
}

/** Every two documents, for every action. */
export function* pairsOf(documents: readonly RawPolicy[]): Generator<Pair> {
  for (const observed of documents) {
    for (const expected of documents) {
      if (observed === expected) continue;
      for (const action of fuzzedActions) {
        yield { observed: policySetOf(observed), expected: policySetOf(expected), action, space: fuzzSpace };
      }
    }
  }
}
