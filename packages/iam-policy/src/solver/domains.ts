import { keyFacts } from '../condition-keys.ts';
import type { RequestContext } from '../types.ts';
import { closedValues } from './closed-values.ts';
import { companionOf, withCompanions } from './companions.ts';
import type { Effort } from './effort.ts';
import type { Atom } from './formula.ts';
import { keyChoices } from './key-choices.ts';
import { resourceChoices } from './resource-choices.ts';
import type { SearchSpace } from './space.ts';
import { type TestAtom, testsAgainst, type Usage, usageOf, variablesOf } from './usage.ts';
import { aList } from './values.ts';
import { type Choice, RESOURCE, type Variable, type VariableKey } from './variable.ts';
import { isOutOfReach } from './widest.ts';

export interface Domains {
  readonly variables: ReadonlyMap<VariableKey, Variable>;
  /** Atoms for which values may be missing, so that a fruitless search about them proves nothing. */
  readonly incomplete: ReadonlySet<Atom>;
  /** Variables of which a value may be missing. Every atom that depends on one is among the incomplete. */
  readonly partial: ReadonlySet<VariableKey>;
}

/** Contexts in which policy variables are resolved; more combinations than these are not tried. */
const maxContexts = 64;

/** The values that every variable of some atoms can take, one for each way in which the atoms answer. */
export function domainsOf(
  space: SearchSpace,
  atoms: readonly Atom[],
  isKnown: (key: string) => boolean,
  effort: Effort,
): Domains {
  const usage = usageOf(atoms, isKnown);
  const { variables, incomplete, partial, contexts, cutShort } = keyDomains(usage, space, effort);
  const isListed = (key: string) => !cutShort && !partial.has(key) && closedValues(space, key) !== undefined;
  for (const atom of atoms) {
    if (!isOpenEnded(atom, usage, space, isKnown, isListed)) continue;
    if (atom.kind !== 'resource' || !isOutOfReach(atom, space, effort)) incomplete.add(atom);
  }
  if (typeof space.resource !== 'string') {
    const { choices, complete } = resourceChoices(usage, space, contexts, effort);
    if (!complete) partial.add(RESOURCE);
    if (!complete) for (const atom of usage.patterns) incomplete.add(atom);
    variables.set(RESOURCE, { key: RESOURCE, name: 'resource', choices });
  }
  return { variables: withCompanions(variables, space), incomplete, partial };
}

/** The values of the context keys, and the contexts that those which stand in patterns can make. */
function keyDomains(usage: Usage, space: SearchSpace, effort: Effort) {
  const names = writtenNames(usage, space);
  const variables = new Map<VariableKey, Variable>();
  const incomplete = new Set<Atom>();
  const partial = new Set<VariableKey>();
  let contexts: readonly RequestContext[] = withLists(space.known, usage);
  let cutShort = contexts.length > maxContexts;
  for (const key of sourcesFirst(usage, names)) {
    const tests = testsFor(usage, key);
    const { choices, complete } = keyChoices({ key, names, tests, usage, space, contexts, effort });
    if (!complete) {
      partial.add(key);
      for (const atom of [...tests, ...testsAgainst(usage, key)]) incomplete.add(atom);
    }
    variables.set(key, { key, name: names.get(key) ?? key, choices });
    if (!usage.sources.has(key)) continue;
    const next = extended(contexts, key, choices);
    cutShort ||= next.length > maxContexts;
    if (cutShort) for (const atom of usage.tests) incomplete.add(atom);
    contexts = next.slice(0, maxContexts);
  }
  return { variables, incomplete, partial, contexts, cutShort };
}

/**
 * A context with each key that has lists and that one without it, for every such key that stands in patterns: a list stands
 * for no variable, whatever is in it, and its absence for the default that a policy gives.
 */
function withLists(known: RequestContext, { sources }: Usage): RequestContext[] {
  const keys = [...sources].filter((key) => keyFacts(key).multivalued === true);
  return keys.reduce<RequestContext[]>(
    (contexts, key) => contexts.flatMap((context) => [context, { ...context, [key]: aList }]),
    [known],
  );
}

/** What stands in the values of others is chosen first. */
function sourcesFirst({ sources }: Usage, names: ReadonlyMap<string, string>): string[] {
  return [...names.keys()].sort((a, b) => Number(sources.has(b)) - Number(sources.has(a)));
}

/** The free keys as the baseline writes them, else as a policy does. */
function writtenNames({ names }: Usage, { baseline = {} }: SearchSpace): Map<string, string> {
  const written = new Map(names);
  for (const name of Object.keys(baseline)) {
    if (written.has(name.toLowerCase())) written.set(name.toLowerCase(), name);
  }
  return written;
}

/**
 * The tests that a key's values must serve: its own, and for a policy variable those of the keys beside it; with each key
 * goes that which says the same. Two keys that say the same serve the same tests, so that their values meet.
 */
function testsFor(usage: Usage, key: string): TestAtom[] {
  const withCompanion = (one: string) => [one, companionOf(one, usage.names) ?? one];
  const own = withCompanion(key);
  const against = own.flatMap((one) => testsAgainst(usage, one));
  const beside = against.flatMap(({ test }) => withCompanion(test.test.key.toLowerCase()));
  const keys = new Set([...own, ...beside]);
  return usage.tests.filter(({ test }) => keys.has(test.test.key.toLowerCase()));
}

function extended(
  contexts: readonly RequestContext[],
  key: string,
  choices: readonly Choice[],
): RequestContext[] {
  const values = choices.map(({ value }) => value).filter((value) => typeof value === 'string');
  return contexts.flatMap((context) => [context, ...values.map((value) => ({ ...context, [key]: value }))]);
}

/**
 * Whether an atom has policy variables for which not every combination of values is tried. Two open texts of which one
 * is compared with the other, and with nothing else that varies, are: each way to be equal or not is among the choices. So is
 * a resource pattern with each value of keys that have a list of them, such as the Regions.
 *
 * @param isListed whether each value that a key (lower case) can have is among those that are tried
 */
function isOpenEnded(
  atom: Atom,
  usage: Usage,
  space: SearchSpace,
  isKnown: (key: string) => boolean,
  isListed: (key: string) => boolean,
): boolean {
  const used = new Set(
    variablesOf(atom)
      // Both ways of these are among the contexts.
      .filter((key) => !isKnown(key) && keyFacts(key).multivalued !== true)
      .map((key) => key.toLowerCase()),
  );
  const [source, ...others] = used;
  if (source === undefined) return false;
  if (atom.kind === 'resource') return ![...used].every(isListed);
  if (others.length > 0) return true;
  const { test, operator } = atom.test;
  const target = test.key.toLowerCase();
  const isOpenText = (key: string) =>
    closedValues(space, key) === undefined &&
    space.free?.get(key)?.forms === undefined &&
    ['text', 'unknown'].includes(keyFacts(key).type) &&
    keyFacts(key).mayBeEmpty === keyFacts(target).mayBeEmpty;
  const linked = usage.tests.filter(({ test }) => test.variables.length > 0);
  return (
    target === source ||
    usage.resourceIsLinked ||
    test.quantifier !== undefined ||
    !(operator.comparison === 'equals' || operator.comparison === 'like') ||
    !test.values.every(isPlain) ||
    !isOpenText(target) ||
    !isOpenText(source) ||
    linked.some((other) => !isAlike(other, target, source))
  );
}

/** Whether a test compares the same key with the same variable. */
function isAlike({ test: { test, variables } }: TestAtom, target: string, source: string): boolean {
  return test.key.toLowerCase() === target && variables.every((name) => name.toLowerCase() === source);
}

/** Text without variables, or a variable and nothing else: what it can be equal to is known. */
function isPlain(text: string): boolean {
  return !text.includes('${') || /^\$\{[^},]*\}$/.test(text);
}
