import { RecentMap } from '../cache.ts';
import { keyFacts } from '../condition-keys.ts';
import { contextValue } from '../context.ts';
import type { Glob } from '../template.ts';
import type { RequestContext } from '../types.ts';
import type { Atom } from './formula.ts';
import type { KeyValue } from './keys.ts';
import type { SearchSpace } from './space.ts';
import { classifyTexts, matchesPattern, patternOf, type TextClasses, type TextPattern } from './texts.ts';
import { candidateValues } from './values.ts';

/** One value that a variable may take. */
export interface Choice {
  /** A resource, or the value of a context key; undefined: the key is missing. */
  readonly value: KeyValue;
  /** 0 for what the baseline has, 1 for a change of context. */
  readonly cost: 0 | 1;
  readonly implies?: Readonly<Record<string, string>>;
}

/** A free part of a request: a context key, or (key `''`) the resource. */
export interface Variable {
  /** In lower case. */
  readonly key: string;
  /** As a policy or the baseline writes it. */
  readonly name: string;
  /** The preferred first. */
  readonly choices: readonly Choice[];
}

export interface Domains {
  readonly variables: ReadonlyMap<string, Variable>;
  /** Atoms for which values may be missing, so that a fruitless search about them proves nothing. */
  readonly incomplete: ReadonlySet<Atom>;
}

type TestAtom = Extract<Atom, { kind: 'test' }>;
type ResourceAtom = Extract<Atom, { kind: 'resource' }>;

/** Contexts in which policy variables are resolved; more combinations than these are not tried. */
const maxContexts = 64;

/** The values that every variable of some atoms can take, one for each way in which the atoms answer. */
export function domainsOf(
  space: SearchSpace,
  atoms: readonly Atom[],
  isKnown: (key: string) => boolean,
): Domains {
  const tests = atoms.filter((atom): atom is TestAtom => atom.kind === 'test');
  const patterns = atoms.filter((atom): atom is ResourceAtom => atom.kind === 'resource');
  const sources = new Set<string>();
  const names = new Map<string, string>();
  const linked = new Set<string>();
  for (const atom of atoms) {
    const own = atom.kind === 'test' ? [atom.test.test.key] : [];
    const used = (atom.kind === 'test' ? atom.test : atom.pattern).variables;
    for (const key of [...own, ...used]) if (!isKnown(key)) names.set(key.toLowerCase(), key);
    for (const key of used.filter((name) => !isKnown(name))) {
      sources.add(key.toLowerCase());
      for (const other of [...own, key]) linked.add(other.toLowerCase());
      if (atom.kind === 'resource') linked.add('');
    }
  }
  for (const name of Object.keys(space.baseline ?? {})) {
    if (names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  const variables = new Map<string, Variable>();
  const incomplete = new Set<Atom>([
    ...patterns.filter(({ pattern }) => !pattern.variables.every(isKnown)),
    ...tests.filter(({ test }) => !test.variables.every(isKnown) && !test.test.values.every(isPlain)),
  ]);
  let contexts: RequestContext[] = [space.known];
  const inOrder = [...names.keys()].sort((a, b) => Number(sources.has(b)) - Number(sources.has(a)));
  for (const key of inOrder) {
    const related = sources.has(key)
      ? tests.filter(({ test }) => test.test.key.toLowerCase() === key || usesKey(test.variables, key))
      : tests.filter(({ test }) => test.test.key.toLowerCase() === key);
    const keys = new Set(related.map(({ test }) => test.test.key.toLowerCase()));
    const sourceTests = tests.filter(({ test }) => keys.has(test.test.key.toLowerCase()));
    const found = keyChoices(key, names, sourceTests, space, contexts, linked.has(key));
    if (!found.complete) for (const atom of sourceTests) incomplete.add(atom);
    variables.set(key, { key, name: names.get(key) ?? key, choices: found.choices });
    if (!sources.has(key)) continue;
    const values = found.choices.map(({ value }) => value).filter((value) => typeof value === 'string');
    const next = contexts.flatMap((context) => [
      context,
      ...values.map((value) => ({ ...context, [key]: value })),
    ]);
    if (next.length > maxContexts) for (const atom of tests) incomplete.add(atom);
    contexts = next.slice(0, maxContexts);
  }
  if (typeof space.resource !== 'string') {
    const found = resourceChoices(patterns, space, contexts, linked.has(''));
    if (!found.complete) for (const atom of patterns) incomplete.add(atom);
    variables.set('', { key: '', name: 'resource', choices: found.choices });
  }
  return { variables, incomplete };
}

/** Text without variables, or a variable and nothing else: what it can be equal to is known. */
function isPlain(text: string): boolean {
  return !text.includes('${') || /^\$\{[^}]*\}$/.test(text);
}

function usesKey(variables: readonly string[], key: string): boolean {
  return variables.some((name) => name.toLowerCase() === key);
}

/** The values that a key is limited to, and its usual one: what stands for it in a variable can be equal to them. */
function ownValues(key: string, space: SearchSpace): readonly string[] {
  const usual = contextValue(space.baseline ?? {}, key) ?? contextValue(space.known, key);
  const typed = keyFacts(key).type === 'bool' ? ['true', 'false'] : [];
  return [...(space.values?.[key] ?? []), ...(typeof usual === 'string' ? [usual] : []), ...typed];
}

function keyChoices(
  key: string,
  names: ReadonlyMap<string, string>,
  atoms: readonly TestAtom[],
  space: SearchSpace,
  contexts: readonly RequestContext[],
  apart: boolean,
): { choices: readonly Choice[]; complete: boolean } {
  const facts = keyFacts(key);
  const usual = contextValue(space.baseline ?? {}, key);
  const preferred: KeyValue[] = usual === undefined && facts.always ? [] : [usual];
  const closed = space.values?.[key];
  const forms = space.free?.get(key)?.forms;
  const requestTags = [...names.values()].flatMap((name) => /^aws:requesttag\/(.*)$/i.exec(name)?.[1] ?? []);
  const found = closed
    ? { values: [...preferred, ...closed], complete: true }
    : candidateValues(
        atoms.map(({ test }) => test),
        facts,
        preferred,
        contexts,
        key === 'aws:tagkeys' ? requestTags : [],
        forms,
      );
  const offered = atoms.flatMap(({ test }) =>
    usesKey(test.variables, key) ? ownValues(test.test.key.toLowerCase(), space) : [],
  );
  const fits = (value: string) => forms?.some((form) => matchesPattern(form, value)) ?? true;
  const values = [...found.values, ...(closed ? [] : offered.filter(fits))];
  const own = atoms.filter(({ test }) => test.test.key.toLowerCase() === key);
  const chosen = new Map<string, Choice>();
  for (const [i, value] of values.entries()) {
    const context = value === undefined ? space.known : { ...space.known, [key]: value };
    const answers = own.map(({ test }) => test.matches(context));
    const id =
      apart || closed
        ? JSON.stringify(value)
        : JSON.stringify([answers, couplingOf(key, value, requestTags)]);
    if (!chosen.has(id ?? '')) chosen.set(id ?? '', { value, cost: i === 0 ? 0 : 1 });
  }
  return { choices: [...chosen.values()], complete: found.complete };
}

/** What other keys must agree with. */
function couplingOf(key: string, value: KeyValue, requestTags: readonly string[]): unknown {
  if (key === 'aws:multifactorauthpresent') return value === 'true';
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
function classesOf(form: TextPattern, globs: ReadonlyMap<string, Glob>): TextClasses {
  const remembered = classesOfForm.get(form) ?? new RecentMap<TextClasses>(classesRemembered);
  classesOfForm.set(form, remembered);
  return remembered.getOrCreate([...globs.keys()].join(), () =>
    classifyTexts(
      form,
      [...globs].map(([key, glob]) => patternOfKey.getOrCreate(key, () => patternOf(glob))),
    ),
  );
}

function resourceChoices(
  atoms: readonly ResourceAtom[],
  space: SearchSpace,
  contexts: readonly RequestContext[],
  apart: boolean,
): { choices: readonly Choice[]; complete: boolean } {
  const globs = new Map<string, Glob>();
  for (const { pattern } of atoms) {
    for (const context of contexts) {
      const glob = pattern.resolve(context);
      if (glob) globs.set(JSON.stringify(glob), glob);
    }
  }
  const chosen = new Map<string, Choice>();
  let complete = true;
  for (const form of typeof space.resource === 'string' ? [] : space.resource) {
    const classes = classesOf(form.pattern, globs);
    complete &&= classes.complete;
    const usual = Object.entries(form.implies ?? {}).every(
      ([key, value]) => (contextValue(space.baseline ?? {}, key) ?? value) === value,
    );
    for (const text of [...form.hints, ...classes.texts.values()]) {
      const answers = atoms.flatMap(({ pattern }) =>
        contexts.map((context) => pattern.matches(text, context)),
      );
      const id = apart ? text : JSON.stringify([answers, form.implies]);
      if (chosen.has(id)) continue;
      chosen.set(id, { value: text, cost: usual ? 0 : 1, ...(form.implies && { implies: form.implies }) });
    }
  }
  return { choices: [...chosen.values()], complete };
}
