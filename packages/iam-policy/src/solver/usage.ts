import { companionOf } from './companions.ts';
import type { Atom } from './formula.ts';

export type TestAtom = Extract<Atom, { kind: 'test' }>;
export type ResourceAtom = Extract<Atom, { kind: 'resource' }>;

/** How atoms use the free parts of a request. Keys are in lower case. */
export interface Usage {
  readonly tests: readonly TestAtom[];
  readonly patterns: readonly ResourceAtom[];
  /** Every free key, as a policy writes it. */
  readonly names: ReadonlyMap<string, string>;
  /** Keys that stand as policy variables in values or patterns. */
  readonly sources: ReadonlySet<string>;
  /** Keys that are compared with one another's values, so that no two values of them are alike. */
  readonly linked: ReadonlySet<string>;
  /** Whether a resource pattern has a free policy variable. */
  readonly resourceIsLinked: boolean;
}

/** Collects which free keys the atoms test, and which they use as policy variables. */
export function usageOf(atoms: readonly Atom[], isKnown: (key: string) => boolean): Usage {
  const names = new Map<string, string>();
  const sources = new Set<string>();
  const linked = new Set<string>();
  let resourceIsLinked = false;
  for (const atom of atoms) {
    const own = ownKey(atom).filter((key) => !isKnown(key));
    const used = variablesOf(atom).filter((key) => !isKnown(key));
    for (const key of [...own, ...used]) names.set(key.toLowerCase(), key);
    for (const key of used) sources.add(key.toLowerCase());
    if (used.length === 0) continue;
    for (const key of [...own, ...used]) linked.add(key.toLowerCase());
    resourceIsLinked ||= atom.kind === 'resource';
  }
  for (const key of names.keys()) if (companionOf(key, names) !== undefined) linked.add(key);
  return {
    tests: atoms.filter((atom) => atom.kind === 'test'),
    patterns: atoms.filter((atom) => atom.kind === 'resource'),
    names,
    sources,
    linked,
    resourceIsLinked,
  };
}

function ownKey(atom: Atom): readonly string[] {
  return atom.kind === 'test' ? [atom.test.test.key] : [];
}

/** The context keys that stand in an atom's values. */
export function variablesOf(atom: Atom): readonly string[] {
  return atom.kind === 'test' ? atom.test.variables : atom.pattern.variables;
}

/** The tests of a key. @param key in lower case */
export function testsOf({ tests }: Pick<Usage, 'tests'>, key: string): TestAtom[] {
  return tests.filter(({ test }) => test.test.key.toLowerCase() === key);
}

/** The tests of any key whose values have a key as a variable. @param key in lower case */
export function testsAgainst({ tests }: Pick<Usage, 'tests'>, key: string): TestAtom[] {
  return tests.filter(({ test }) => test.variables.some((name) => name.toLowerCase() === key));
}
