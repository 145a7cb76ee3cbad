/** Keys of which one says what the other is: the values that are tried for them have to meet. */

import { matchesPattern } from './automaton.ts';
import { closedValues, momentOf, secondOf } from './closed-values.ts';
import type { SearchSpace } from './space.ts';
import type { Choice, Variable, VariableKey } from './variable.ts';

/** What a key's value says of its companion's; undefined where that cannot be written down. */
type Saying = (value: string) => string | undefined;

const same: Saying = (value) => value;

/** By key, in lower case: its companion, and what the companion says of the key. */
const companions: ReadonlyMap<string, readonly [companion: string, says: Saying]> = new Map([
  ['aws:currenttime', ['aws:epochtime', momentOf]],
  ['aws:epochtime', ['aws:currenttime', (value) => secondOf(value)?.toString()]],
  ['aws:principalorgid', ['aws:resourceorgid', same]],
  ['aws:resourceorgid', ['aws:principalorgid', same]],
]);

/** The key, among those that are used, whose values must agree with a key's. @param key in lower case */
export function companionOf(key: string, used: ReadonlyMap<string, unknown>): string | undefined {
  const [companion] = companions.get(key) ?? [];
  return companion !== undefined && used.has(companion) ? companion : undefined;
}

/**
 * The variables, where what one key's values say of its companion is among what is tried for that: each search for
 * values finds those that nothing but a policy variable leads to, and both must have them for a request to be.
 */
export function withCompanions(
  variables: ReadonlyMap<VariableKey, Variable>,
  space: SearchSpace,
): Map<VariableKey, Variable> {
  const all = new Map(variables);
  for (const [key, [companion, says]] of companions) {
    const [variable, other] = [variables.get(key), variables.get(companion)];
    if (variable === undefined || other === undefined || closedValues(space, key)) continue;
    all.set(key, { ...variable, choices: [...variable.choices, ...said(variable, other, says, space)] });
  }
  return all;
}

function said({ key, choices }: Variable, other: Variable, says: Saying, space: SearchSpace): Choice[] {
  const tried = new Set(choices.map(({ value }) => value));
  const forms = typeof key === 'string' ? space.free?.get(key)?.forms : undefined;
  const values = other.choices.flatMap(({ value }) => (typeof value === 'string' ? (says(value) ?? []) : []));
  return [...new Set(values)]
    .filter((value) => !tried.has(value) && (forms?.some((form) => matchesPattern(form, value)) ?? true))
    .map((value) => ({ value, cost: 1 }));
}
