import type { Request } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import type { Gain } from '#lib/compare/indirect.ts';
import { accessOf } from '#lib/compare/reached-principal.ts';
import type { FindingAction } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Indirect } from '#lib/reach/indirect.ts';
import { InTime } from './in-time.ts';
import type { Checker } from './principal.ts';

/** Somebody who may come to more, and what he can do by himself: one list for all that are alike. */
interface Own {
  readonly principal: Principal;
  readonly does: readonly Request[];
}

type Sets = Expectation & { kind: 'sets' };

/**
 * What somebody gains by what he can come to: what is not expected of him, and what he cannot do by himself, on these
 * resources and in this case. Worked out once for lists that are shared by principals alike.
 */
export function rememberedGains(
  checker: Pick<Checker, 'accessOf' | 'gained' | 'kindOf' | 'isUnknown' | 'mayGain' | 'unsettled' | 'until'>,
) {
  /** What the first of each kind can do. */
  const byKind = new InTime(() => new WeakMap<object, readonly Request[]>(), checker.until);
  const doesOf = ({ as }: Indirect) =>
    getOrMake(byKind.value, checker.kindOf(as), () => checker.accessOf(as));
  /** What one can do, and what tells it from others; nothing, where it plainly can do nothing. */
  const whatOf = (one: Indirect) => {
    const does = doesOf(one);
    return {
      does,
      key: does.length > 0 ? does : checker.isUnknown(one.as) ? checker.kindOf(one.as) : undefined,
    };
  };
  /** Of a row the target that opens the worst: they come in the order of what they can do. */
  const gainOf = (first: Indirect, { principal }: Own, expectation: Sets): Gain => {
    const mayGain = (one: Indirect) => checker.mayGain(one.as, principal, expectation);
    let best: Gain = { indirect: first, access: [] };
    if (mayGain(first) === 'nobody') return best;
    for (const { one, does } of unlike(first, whatOf, mayGain)) {
      if (one.unsorted !== true && isAsBad(best.access, accessOf(does))) break;
      const access = accessOf(checker.gained(one.as, principal, expectation));
      if (isWorse(access, best.access)) best = { indirect: one, access };
      // Nothing is worse; whoever comes next need not be worked out.
      if (isWorst(best.access)) break;
    }
    return withUnsettled(best, principal, expectation);
  };
  /** Where none is known to open anything: one of whom nobody can tell. */
  const withUnsettled = (gain: Gain, principal: Principal, expectation: Sets): Gain => {
    if (gain.access.length > 0) return gain;
    const mayGain = (one: Indirect) => checker.mayGain(one.as, principal, expectation);
    for (const { one } of unlike(gain.indirect, whatOf, mayGain)) {
      const doubts = checker.unsettled(one.as, principal, expectation);
      if (doubts.length > 0) return { ...gain, unsettled: { indirect: one, doubts } };
    }
    return gain;
  };
  const byList = new InTime(
    () => new WeakMap<readonly Indirect[], WeakMap<readonly Request[], WeakMap<Sets, readonly Gain[]>>>(),
    checker.until,
  );
  const gainsOf = (all: readonly Indirect[], own: Own, expectation: Sets): readonly Gain[] => {
    const byOwn = getOrMake(
      byList.value,
      all,
      () => new WeakMap<readonly Request[], WeakMap<Sets, readonly Gain[]>>(),
    );
    const byExpectation = getOrMake(byOwn, own.does, () => new WeakMap<Sets, readonly Gain[]>());
    return getOrMake(byExpectation, expectation, () => all.map((one) => gainOf(one, own, expectation)));
  };
  return { gainOf, gainsOf };
}

/** What a row leads to by which something may be gained, and what that can do: of targets alike one. */
function* unlike(
  first: Indirect,
  whatOf: (one: Indirect) => { readonly does: readonly Request[]; readonly key: object | undefined },
  mayGain: (one: Indirect) => unknown,
): Iterable<{ readonly one: Indirect; readonly does: readonly Request[] }> {
  const seen = new Set<object>();
  for (let one: Indirect | undefined = first; one !== undefined; one = one.next?.()) {
    if (mayGain(one) === false) continue;
    const { does, key } = whatOf(one);
    if (key === undefined || seen.has(key)) continue;
    seen.add(key);
    yield { one, does };
  }
}

const worstOf = (access: readonly FindingAction[]): Severity => worst(access.map(({ severity }) => severity));

const isWorst = (access: readonly FindingAction[]): boolean =>
  access.length > 0 && worstOf(access) === 'critical';

const isAsBad = (access: readonly FindingAction[], other: readonly FindingAction[]): boolean =>
  access.length > 0 && compareSeverity(worstOf(access), worstOf(other)) <= 0;

const isWorse = (access: readonly FindingAction[], other: readonly FindingAction[]): boolean =>
  access.length > 0 && (other.length === 0 || compareSeverity(worstOf(access), worstOf(other)) < 0);

function getOrMake<Key extends object, Value extends object>(
  known: WeakMap<Key, Value>,
  key: Key,
  make: () => Value,
): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
