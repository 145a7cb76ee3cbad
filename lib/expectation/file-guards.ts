import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { warnOfUnmetGuard } from './baseline.ts';
import { readGuard, type ScopedGuard } from './guards.ts';
import type { Complain, KeyPath } from './located.ts';
import type { GuardInput } from './schema.ts';
import type { Baseline } from './types.ts';
import { guardName, type WrittenGuard } from './written-rule.ts';

/** The guards of a rule: as it is written, and what they are. */
interface RuleGuards {
  /** Absent where there are none in the whole file. */
  readonly written?: readonly WrittenGuard[];
  readonly guards: readonly ScopedGuard[];
}

/** The guards of a file, by name, and those that its rules have of their own. */
export class FileGuards {
  /** Undefined for a guard with something wrong, so that its name is known all the same. */
  readonly #named: ReadonlyMap<string, ScopedGuard | undefined>;
  readonly #baseline: Baseline;
  readonly #complain: Complain;

  /** @param inputs by name; undefined for one whose shape is wrong */
  constructor(
    inputs: readonly (readonly [string, GuardInput | undefined])[],
    baseline: Baseline,
    complain: Complain,
  ) {
    this.#baseline = baseline;
    this.#complain = complain;
    this.#named = new Map(inputs.map(([name, input]) => [name, this.#read(name, input, ['guards', name])]));
  }

  /** What holds for a rule that says nothing of guards: all that have a name. */
  every(): RuleGuards {
    return this.#all([...this.#named.keys()], this.#named);
  }

  /**
   * What holds for a rule.
   *
   * @param input its `guards`
   * @param at where the file has them
   */
  ofRule(input: readonly WrittenGuard[] | undefined, at: KeyPath): RuleGuards {
    if (input === undefined) return this.every();
    const own = new Map(
      input.map((one, index) => {
        const name = guardName(one);
        const place = [...at, index];
        if (typeof one !== 'string') return [name, this.#read(name, one, place)];
        if (!this.#named.has(one)) {
          this.#complain(`unknown guard "${one}"${didYouMean(one, [...this.#named.keys()])}`, place);
        }
        return [name, this.#named.get(one)];
      }),
    );
    return this.#all(input, own);
  }

  #all(written: readonly WrittenGuard[], guards: ReadonlyMap<string, ScopedGuard | undefined>): RuleGuards {
    return {
      ...(this.#named.size + written.length > 0 && { written }),
      guards: [...guards.values()].filter((guard) => guard !== undefined),
    };
  }

  #read(name: string, input: GuardInput | undefined, at: KeyPath): ScopedGuard | undefined {
    const read = input && readGuard(name, input, at, this.#complain);
    if (read !== undefined) warnOfUnmetGuard(read.guard, at, this.#baseline, this.#complain);
    return read;
  }
}
