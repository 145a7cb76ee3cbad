import { type CompiledStatement, RecentMap } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';

/** Lists of resources whose principals are remembered: each may name the whole account. */
const REMEMBERED = 100;

/** Principals, found by the statements whose resources name them, without trying each. */
export class NamedPrincipals {
  /** In the order in which they are told. */
  readonly #all: readonly Principal[];
  /** Places in that order, by ARN. */
  readonly #sorted: readonly number[];
  /** Places, by the resources as they are written: statements of many policies name the same. */
  readonly #known = new RecentMap<readonly number[]>(REMEMBERED);

  constructor(all: readonly Principal[]) {
    this.#all = all;
    const arnAt = (place: number) => all[place]?.arn ?? '';
    this.#sorted = all.map((_, place) => place).sort((a, b) => (arnAt(a) < arnAt(b) ? -1 : 1));
  }

  /** Whose ARNs the resources of any of the statements match; all, where the request has a say in it. */
  by(statements: readonly CompiledStatement[]): readonly Principal[] {
    const places: (readonly number[])[] = [];
    for (const statement of statements) {
      if (!isPlain(statement)) return this.#all;
      const written = JSON.stringify([statement.version, statement.statement.resources]);
      places.push(this.#known.getOrCreate(written, () => this.#placesOf(statement)));
    }
    const [first = [], ...others] = places;
    const all = others.length === 0 ? first : inOrder(new Set(places.flat()));
    return all.flatMap((place) => this.#all[place] ?? []);
  }

  #placesOf(compiled: CompiledStatement): readonly number[] {
    const prefixes = compiled.resources.map(({ broadest: [first] }) =>
      first?.kind === 'text' ? first.text : '',
    );
    const candidates = prefixes.flatMap((prefix) => this.#beginningWith(prefix));
    const matches = (place: number) => compiled.matchesResource(this.#all[place]?.arn ?? '', {});
    // Of most, it costs less to try all, which are in order.
    if (candidates.length > this.#all.length / 4) return [...this.#all.keys()].filter(matches);
    return inOrder(new Set(candidates.filter(matches)));
  }

  #beginningWith(prefix: string): readonly number[] {
    const arnAt = (at: number) => this.#all[this.#sorted[at] ?? -1]?.arn;
    let [from, to] = [0, this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((arnAt(middle) ?? '') < prefix) from = middle + 1;
      else to = middle;
    }
    let end = from;
    while (arnAt(end)?.startsWith(prefix)) end += 1;
    return this.#sorted.slice(from, end);
  }
}

/** Whether the resources of a statement are the same in every request, and are not simply all. */
function isPlain({ everyResource, statement, resources }: CompiledStatement): boolean {
  return (
    !everyResource && !statement.notResource && resources.every(({ variables }) => variables.length === 0)
  );
}

function inOrder(places: Iterable<number>): readonly number[] {
  return [...places].sort((a, b) => a - b);
}
