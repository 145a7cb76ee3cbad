import type { CompiledStatement } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';

/** Principals, found by the statements whose resources name them, without trying each. */
export class NamedPrincipals {
  /** By ARN. */
  readonly #sorted: readonly Principal[];
  readonly #known = new WeakMap<CompiledStatement, readonly Principal[]>();

  constructor(all: Iterable<Principal>) {
    this.#sorted = [...all].sort((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  /** Whose ARNs the resources of a statement match; `any` where that is everybody, or the request has a say in it. */
  by(compiled: CompiledStatement): readonly Principal[] | 'any' {
    const { everyResource, statement, resources } = compiled;
    if (everyResource || statement.notResource || resources.some(({ variables }) => variables.length > 0))
      return 'any';
    const known = this.#known.get(compiled);
    if (known !== undefined) return known;
    const prefixes = resources.map(({ broadest: [first] }) => (first?.kind === 'text' ? first.text : ''));
    const candidates = new Set(prefixes.flatMap((prefix) => this.#beginningWith(prefix)));
    const named = [...candidates].filter(({ arn }) => compiled.matchesResource(arn, {}));
    this.#known.set(compiled, named);
    return named;
  }

  #beginningWith(prefix: string): readonly Principal[] {
    let [from, to] = [0, this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#sorted[middle]?.arn ?? '') < prefix) from = middle + 1;
      else to = middle;
    }
    let end = from;
    while (this.#sorted[end]?.arn.startsWith(prefix)) end += 1;
    return this.#sorted.slice(from, end);
  }
}
