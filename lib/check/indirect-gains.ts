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

/** Somebody who may come to more, what he can do by himself, and what is not told of him. */
interface Asked {
  readonly principal: Principal;
  /** One list for all that are alike. */
  readonly does: readonly Request[];
  readonly expectation: Sets;
  /** Actions that somebody accepts of him, however he comes to them. */
  readonly accepted: ReadonlySet<string>;
}

type Sets = Expectation & { kind: 'sets' };
type Judge = Pick<
  Checker,
  'accessOf' | 'gained' | 'kindOf' | 'isUnknown' | 'mayGain' | 'unsettled' | 'until'
>;
type ByExpectation = WeakMap<Sets, readonly Gain[]>;

/**
 * What somebody gains by what he can come to: what is not expected of him, and what he cannot do by himself, on these
 * resources and in this case. Worked out once for lists that are shared by principals alike.
 */
export class RememberedGains {
  readonly #checker: Judge;
  /** What the first of each kind can do. */
  readonly #byKind: InTime<WeakMap<object, readonly Request[]>>;
  readonly #byList: InTime<WeakMap<readonly Indirect[], WeakMap<readonly Request[], ByExpectation>>>;

  constructor(checker: Judge) {
    this.#checker = checker;
    this.#byKind = new InTime(() => new WeakMap(), checker.until);
    this.#byList = new InTime(() => new WeakMap(), checker.until);
  }

  /** Of each row what it opens. */
  ofAll(all: readonly Indirect[], asked: Asked): readonly Gain[] {
    const gains = () => all.map((one) => this.of(one, asked));
    // Of few anything is accepted.
    if (asked.accepted.size > 0) return gains();
    const byOwn = getOrMake(this.#byList.value, all, () => new WeakMap<readonly Request[], ByExpectation>());
    const byExpectation = getOrMake(byOwn, asked.does, (): ByExpectation => new WeakMap());
    return getOrMake(byExpectation, asked.expectation, gains);
  }

  /** Of a row the target that opens the worst: they come in the order of what they can do. */
  of(first: Indirect, asked: Asked): Gain {
    let best: Gain = { indirect: first, access: [] };
    if (this.#mayGain(first, asked) === 'nobody') return best;
    for (const { one, does } of this.#unlike(first, asked)) {
      if (one.unsorted !== true && isAsBad(best.access, accessOf(does))) break;
      const access = this.#opened(one, asked);
      if (isWorse(access, best.access)) best = { indirect: one, access };
      // Nothing is worse; whoever comes next need not be worked out.
      if (isWorst(best.access)) break;
    }
    return best.access.length > 0 ? best : this.#withUnsettled(best, asked);
  }

  #opened({ as }: Indirect, { principal, expectation, accepted }: Asked): readonly FindingAction[] {
    const access = accessOf(this.#checker.gained(as, principal, expectation));
    return accepted.size === 0 ? access : access.filter(({ action }) => !accepted.has(action));
  }

  /** Where none is known to open anything: one of whom nobody can tell. */
  #withUnsettled(gain: Gain, asked: Asked): Gain {
    const { principal, expectation, accepted } = asked;
    for (const { one } of this.#unlike(gain.indirect, asked)) {
      const open = this.#checker.unsettled(one.as, principal, expectation);
      const doubts = open.filter(({ action }) => !accepted.has(action));
      if (doubts.length > 0) return { ...gain, unsettled: { indirect: one, doubts } };
    }
    return gain;
  }

  #unlike(first: Indirect, asked: Asked) {
    return unlike(
      first,
      (one) => this.#whatOf(one),
      (one) => this.#mayGain(one, asked),
    );
  }

  #mayGain({ as }: Indirect, { principal, expectation }: Asked): boolean | 'nobody' {
    return this.#checker.mayGain(as, principal, expectation);
  }

  /** What one can do, and what tells it from others; nothing, where it plainly can do nothing. */
  #whatOf({ as }: Indirect): What {
    const kind = this.#checker.kindOf(as);
    const does = getOrMake(this.#byKind.value, kind, () => this.#checker.accessOf(as));
    if (does.length > 0) return { does, key: does };
    return { does, key: this.#checker.isUnknown(as) ? kind : undefined };
  }
}

interface What {
  readonly does: readonly Request[];
  readonly key: object | undefined;
}

/** What a row leads to by which something may be gained, and what that can do: of targets alike one. */
function* unlike(
  first: Indirect,
  whatOf: (one: Indirect) => What,
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
