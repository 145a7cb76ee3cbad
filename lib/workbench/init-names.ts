import type { Principal } from '#lib/account/types.ts';
import { nameInAddress, permissionSetNames } from '#lib/catalog/permission-sets.ts';
import type { PolicyStatement } from '#lib/compare/policy-statements.ts';
import { reservedWords } from '#lib/expectation/sets.ts';

/** Names for sets of a file: of the policy or the principal that has them, each once. */
export class SetNames {
  readonly #byContent = new Map<string, string>();
  readonly #taken = new Set([...permissionSetNames().map(nameInAddress), ...reservedWords]);

  /** The same name for the same statements. */
  nameFor(statements: readonly PolicyStatement[], principals: readonly Principal[]): string {
    const key = JSON.stringify(statements);
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    const wanted = candidateFor(principals);
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number += 1) name = `${wanted}-${number}`;
    this.#taken.add(name);
    this.#byContent.set(key, name);
    return name;
  }
}

/** The name of the only policy that all have, else of the first principal. */
function candidateFor(principals: readonly Principal[]): string {
  const [first] = principals;
  const [policy, ...others] = first?.policies ?? [];
  const shared =
    principals.length > 1 && policy !== undefined && others.length === 0 ? policy.name : first?.name;
  const name = (shared ?? 'set').replace(/[^\w.-]+/g, '-');
  return /^[\w.-]*\w/.test(name) ? name : 'set';
}
