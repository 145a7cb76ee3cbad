import { RecentMap } from '../cache.ts';
import { keyFacts } from '../condition-keys.ts';
import { contextValue } from '../context.ts';
import type { Glob } from '../template.ts';
import type { RequestContext } from '../types.ts';
import { type Effort, isSpent } from './effort.ts';
import type { Atom } from './formula.ts';
import type { KeyValue } from './keys.ts';
import type { SearchSpace } from './space.ts';
import { classifyTexts, patternOf, type TextClasses, type TextPattern } from './texts.ts';
import { type TestAtom, testsAgainst, testsOf, type Usage, usageOf, variablesOf } from './usage.ts';
import { candidateValues } from './values.ts';

/** The variable of a request that is its resource; every other variable is a context key in lower case. */
export const RESOURCE = Symbol('resource');

export type VariableKey = string | typeof RESOURCE;

/** One value that a variable may take. */
export interface Choice {
  /** A resource, or the value of a context key; undefined: the key is missing. */
  readonly value: KeyValue;
  /** 0 for what the baseline has, 1 for a change of context. */
  readonly cost: 0 | 1;
  readonly implies?: Readonly<Record<string, string>>;
}

/** A free part of a request. */
export interface Variable {
  readonly key: VariableKey;
  /** As a policy or the baseline writes it. */
  readonly name: string;
  /** The preferred first. */
  readonly choices: readonly Choice[];
}

export interface Domains {
  readonly variables: ReadonlyMap<VariableKey, Variable>;
  /** Atoms for which values may be missing, so that a fruitless search about them proves nothing. */
  readonly incomplete: ReadonlySet<Atom>;
}

interface Chosen {
  readonly choices: readonly Choice[];
  readonly complete: boolean;
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
  const names = writtenNames(usage, space);
  const variables = new Map<VariableKey, Variable>();
  const incomplete = new Set<Atom>(atoms.filter((atom) => isOpenEnded(atom, usage, space, isKnown)));
  let contexts: readonly RequestContext[] = [space.known];
  // What stands in the values of others is chosen first.
  const inOrder = [...names.keys()].sort(
    (a, b) => Number(usage.sources.has(b)) - Number(usage.sources.has(a)),
  );
  for (const key of inOrder) {
    const tests = testsFor(usage, key);
    const { choices, complete } = keyChoices({ key, names, tests, usage, space, contexts, effort });
    if (!complete) for (const atom of [...tests, ...testsAgainst(usage, key)]) incomplete.add(atom);
    variables.set(key, { key, name: names.get(key) ?? key, choices });
    if (!usage.sources.has(key)) continue;
    const next = extended(contexts, key, choices);
    if (next.length > maxContexts) for (const atom of usage.tests) incomplete.add(atom);
    contexts = next.slice(0, maxContexts);
  }
  if (typeof space.resource !== 'string') {
    const { choices, complete } = resourceChoices(usage, space, contexts, effort);
    if (!complete) for (const atom of usage.patterns) incomplete.add(atom);
    variables.set(RESOURCE, { key: RESOURCE, name: 'resource', choices });
  }
  return { variables, incomplete };
}

/** The free keys as the baseline writes them, else as a policy does. */
function writtenNames({ names }: Usage, { baseline = {} }: SearchSpace): Map<string, string> {
  const written = new Map(names);
  for (const name of Object.keys(baseline)) {
    if (written.has(name.toLowerCase())) written.set(name.toLowerCase(), name);
  }
  return written;
}

/** The tests that a key's values must serve: its own, and for a policy variable those of the keys beside it. */
function testsFor(usage: Usage, key: string): TestAtom[] {
  if (!usage.sources.has(key)) return testsOf(usage, key);
  const related = [...testsOf(usage, key), ...testsAgainst(usage, key)];
  const keys = new Set(related.map(({ test }) => test.test.key.toLowerCase()));
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
 * is compared with the other, and with nothing else that varies, are: each way to be equal or not is among the choices.
 */
function isOpenEnded(
  atom: Atom,
  usage: Usage,
  { values = {}, free }: SearchSpace,
  isKnown: (key: string) => boolean,
): boolean {
  const used = new Set(
    variablesOf(atom)
      .filter((key) => !isKnown(key))
      .map((key) => key.toLowerCase()),
  );
  const [source, ...others] = used;
  if (source === undefined) return false;
  if (atom.kind === 'resource' || others.length > 0) return true;
  const { test, operator } = atom.test;
  const target = test.key.toLowerCase();
  const isOpenText = (key: string) =>
    values[key] === undefined &&
    free?.get(key)?.forms === undefined &&
    ['text', 'unknown'].includes(keyFacts(key).type) &&
    keyFacts(key).mayBeEmpty === keyFacts(target).mayBeEmpty;
  const linked = usage.tests.filter(({ test }) => test.variables.length > 0);
  return (
    target === source ||
    usage.resourceIsLinked ||
    test.quantifier !== undefined ||
    keyFacts(source).multivalued === true ||
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

/** What resources of the space bring with them for a key. */
function impliedValues({ resource }: SearchSpace, key: string): string[] {
  if (typeof resource === 'string') return [];
  const values = resource.flatMap(({ implies = {} }) =>
    Object.entries(implies).flatMap(([name, value]) => (name.toLowerCase() === key ? [value] : [])),
  );
  return [...new Set(values)];
}

interface KeyDemand {
  readonly key: string;
  readonly names: ReadonlyMap<string, string>;
  /** Those that the values must serve. */
  readonly tests: readonly TestAtom[];
  readonly usage: Usage;
  readonly space: SearchSpace;
  readonly contexts: readonly RequestContext[];
  readonly effort: Effort;
}

function keyChoices(demand: KeyDemand): Chosen {
  const { key, names, tests, usage, space, contexts } = demand;
  const facts = keyFacts(key);
  const usual = contextValue(space.baseline ?? {}, key);
  const preferred: KeyValue[] = usual === undefined && facts.always ? [] : [usual];
  const closed = space.values?.[key];
  const implied = impliedValues(space, key);
  const requestTags = [...names.values()].flatMap((name) => /^aws:requesttag\/(.*)$/i.exec(name)?.[1] ?? []);
  const found = closed
    ? { values: [...preferred, ...closed], complete: true }
    : candidateValues({
        tests: tests.map(({ test }) => test),
        facts,
        preferred,
        contexts,
        kept: key === 'aws:tagkeys' ? requestTags : [],
        beside: [...implied, ...(usage.sources.has(key) ? valuesBeside(demand) : [])],
        forms: space.free?.get(key)?.forms,
      });
  const own = testsOf(usage, key);
  const chosen = new Map<string, Choice>();
  for (const [i, value] of found.values.entries()) {
    const context = value === undefined ? space.known : { ...space.known, [key]: value };
    const answers = own.map(({ test }) => test.matches(context));
    const id =
      usage.linked.has(key) || closed || implied.length > 0
        ? JSON.stringify(value)
        : JSON.stringify([answers, couplingOf(key, value, requestTags)]);
    if (!chosen.has(id ?? '')) chosen.set(id ?? '', { value, cost: i === 0 ? 0 : 1 });
  }
  return { choices: [...chosen.values()], complete: found.complete };
}

/**
 * Values of a policy variable that make the texts around it those that other keys and resources have: of the keys
 * whose tests it stands in, and of the resources whose patterns it stands in.
 */
function valuesBeside({ key, usage, space, contexts }: KeyDemand): string[] {
  const values = new Set<string>();
  for (const { test } of testsAgainst(usage, key)) {
    const target = test.test.key.toLowerCase();
    const closed = space.values?.[target];
    const candidates = closed ?? ownValues(target, usage, space, contexts);
    for (const text of test.test.values) for (const value of candidates) addFilling(text, key, value, values);
  }
  const forms = typeof space.resource === 'string' ? [] : space.resource;
  const arns =
    typeof space.resource === 'string' ? [space.resource] : forms.flatMap(({ hints }) => hints.slice(0, 3));
  for (const { pattern } of usage.patterns) {
    if (!pattern.variables.some((name) => name.toLowerCase() === key)) continue;
    for (const arn of arns) addFilling(pattern.text, key, arn, values);
  }
  return [...values].slice(0, maxBeside);
}

const maxBeside = 40;

/** What a key can be by its own tests. */
function ownValues(
  key: string,
  usage: Usage,
  space: SearchSpace,
  contexts: readonly RequestContext[],
): readonly string[] {
  const known = contextValue(space.known, key);
  if (known !== undefined) return [known].flat();
  const usual = contextValue(space.baseline ?? {}, key);
  const { values } = candidateValues({
    tests: testsOf(usage, key).map(({ test }) => test),
    facts: keyFacts(key),
    preferred: usual === undefined ? [] : [usual],
    contexts,
    kept: [],
    beside: [],
    forms: space.free?.get(key)?.forms,
  });
  return values.flatMap((value) => value ?? []).slice(0, maxBeside);
}

/** What has to stand for `${key}` so that a text of a policy is like a value; what is before and behind is compared. */
function addFilling(text: string, key: string, value: string, found: Set<string>): void {
  const at = text.toLowerCase().indexOf(`\${${key}`);
  if (at === -1) return;
  const end = text.indexOf('}', at);
  const before = regularExpression(text.slice(0, at));
  const behind = regularExpression(text.slice(end + 1));
  if (`${before}${behind}`.split('*').length > maxStars) return;
  const filling = new RegExp(`^${before}(.*?)${behind}$`, 's').exec(value)?.[1];
  if (filling !== undefined) found.add(filling);
}

/** Wildcards and other variables are any text: whether it fits is found out later. Stars in a row are one. */
function regularExpression(text: string): string {
  return text
    .slice(0, maxContext)
    .replace(/\$\{[^}]*\}|\*/g, '*')
    .replace(/\*+/g, '*')
    .replace(/[\\^$+.()|[\]{}]/g, '\\$&')
    .replaceAll('?', '.')
    .replaceAll('*', '.*?');
}

const maxContext = 200;
/** More would cost too much to try. */
const maxStars = 4;

/** Keys of which others depend on whether they are there. */
const presenceMatters = /^aws:(sourceip|sourcevpce?|vpcsourceip|multifactorauthage|requesttag\/.*)$/;

/** What other keys must agree with. */
function couplingOf(key: string, value: KeyValue, requestTags: readonly string[]): unknown {
  if (key === 'aws:multifactorauthpresent') return value === 'true';
  if (presenceMatters.test(key)) return value === undefined;
  if (key !== 'aws:tagkeys' || typeof value === 'string') return value === undefined;
  const given = (value ?? []).map((name) => name.toLowerCase());
  return requestTags.filter((name) => given.includes(name.toLowerCase()));
}

const classesRemembered = 100;
const patternsRemembered = 5_000;
/** The same object for the same pattern: its automaton is made once. */
const patternOfKey = new RecentMap<TextPattern>(patternsRemembered);
const classesOfForm = new WeakMap<TextPattern, RecentMap<TextClasses>>();

/** Many actions are asked about the same resources under the same patterns. */
function classesOf(form: TextPattern, globs: ReadonlyMap<string, Glob>, effort: Effort): TextClasses {
  const remembered = classesOfForm.get(form) ?? new RecentMap<TextClasses>(classesRemembered);
  classesOfForm.set(form, remembered);
  const key = [...globs.keys()].join();
  const known = remembered.get(key);
  if (known) return known;
  const patterns = [...globs].map(([text, glob]) => patternOfKey.getOrCreate(text, () => patternOf(glob)));
  const classes = classifyTexts(form, patterns, maxWork, effort);
  // What one search had no effort left for, another may have.
  if (classes.complete || !isSpent(effort)) remembered.getOrCreate(key, () => classes);
  return classes;
}

/** For one form of resources, of what a search may do. */
const maxWork = 1_000_000;

function resourceChoices(
  { patterns, resourceIsLinked }: Usage,
  space: SearchSpace,
  contexts: readonly RequestContext[],
  effort: Effort,
): Chosen {
  const globs = new Map<string, Glob>();
  for (const { pattern } of patterns) {
    for (const context of contexts) {
      const glob = pattern.resolve(context);
      if (glob) globs.set(JSON.stringify(glob), glob);
    }
  }
  const chosen = new Map<string, Choice>();
  let complete = true;
  for (const form of typeof space.resource === 'string' ? [] : space.resource) {
    const classes = classesOf(form.pattern, globs, effort);
    complete &&= classes.complete;
    const usual = Object.entries(form.implies ?? {}).every(
      ([key, value]) => (contextValue(space.baseline ?? {}, key) ?? value) === value,
    );
    for (const text of [...form.hints, ...classes.texts.values()]) {
      effort.left -= patterns.length * contexts.length;
      if (effort.left <= 0) return { choices: [...chosen.values()], complete: false };
      const answers = patterns.flatMap(({ pattern }) =>
        contexts.map((context) => pattern.matches(text, context)),
      );
      const id = resourceIsLinked ? text : JSON.stringify([answers, form.implies]);
      if (chosen.has(id)) continue;
      chosen.set(id, { value: text, cost: usual ? 0 : 1, ...(form.implies && { implies: form.implies }) });
    }
  }
  return { choices: [...chosen.values()], complete };
}
