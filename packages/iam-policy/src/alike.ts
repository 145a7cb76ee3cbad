import { RecentMap } from './cache.ts';
import type { BoundUnreadable, CompiledSet } from './compile.ts';
import type { CompiledStatement } from './statement.ts';

/**
 * One set for all that say the same about the actions of their compiler's table, whatever else is in them. Sets of one
 * compiler only.
 */
export class AlikeSets {
  readonly #sets: RecentMap<CompiledSet>;
  readonly #matters: (unreadable: BoundUnreadable) => boolean;
  readonly #numbers = new WeakMap<CompiledStatement, number>();
  #numbered = 0;

  /**
   * @param limit the sets that are kept at least, as long as they are asked for
   * @param matters whether a statement that cannot be read may be about the actions. Default: each
   */
  constructor(limit: number, matters: (unreadable: BoundUnreadable) => boolean = () => true) {
    this.#sets = new RecentMap(limit);
    this.#matters = matters;
  }

  /** The set that was met first of those that are alike; it names the same policies. */
  of(set: CompiledSet): CompiledSet {
    return this.#sets.getOrCreate(this.keyOf(set), () => set);
  }

  /** The same text for sets that say the same about an action; absent: about all of the table. */
  keyOf({ layers, unreadable }: CompiledSet, action?: string): string {
    const isAbout = (compiled: CompiledStatement) =>
      action === undefined ? compiled.matchesTable : compiled.matchesAction(action);
    return JSON.stringify([
      unreadable
        .filter(this.#matters)
        .map(({ layer, policy, statement }) => [
          layer,
          policy.name,
          policy.type,
          policy.text,
          statement.index,
        ]),
      ...layers.map(({ layer, level, statements }) => [
        layer,
        level,
        statements.flatMap(({ compiled, matched: { policy } }) =>
          isAbout(compiled)
            ? [this.#numberOf(compiled), policy.name, policy.type, policy.arn, policy.versionId, policy.group]
            : [],
        ),
      ]),
    ]);
  }

  /** One number for each statement of each distinct text. */
  #numberOf(statement: CompiledStatement): number {
    const number = this.#numbers.get(statement) ?? ++this.#numbered;
    this.#numbers.set(statement, number);
    return number;
  }
}
