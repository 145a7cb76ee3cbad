import type { CompiledTest } from '../condition.ts';
import { type KeyFacts, type KeyType, keyFacts } from '../condition-keys.ts';
import type { Comparison } from '../operators.ts';
import type { RequestContext } from '../types.ts';
import { fitsInto, matchesPattern } from './automaton.ts';
import { addressesAround, type Boundaries, datesAround, isAtLeast, numbersAround } from './boundaries.ts';
import { type Effort, isSpent } from './effort.ts';
import type { KeyValue } from './keys.ts';
import { anyText, literalIgnoringCase, type TextPattern } from './text-patterns.ts';
import { isPlainAscii, isTextual, neutral, nonEmpty, parserOf, textsFor, typedTexts } from './text-values.ts';

/** Of a key, where it does not matter what is in the list. */
export const aList: readonly string[] = [];

export interface Candidates {
  readonly values: readonly KeyValue[];
  /** False where a value may be missing that gets other answers than all of these. */
  readonly complete: boolean;
}

/** What the values of one context key are chosen for. */
export interface Demand {
  /** In lower case. */
  readonly key: string;
  /** All that depend on the key's value. */
  readonly tests: readonly CompiledTest[];
  readonly facts: KeyFacts;
  /** Values to be tried first. */
  readonly preferred: readonly KeyValue[];
  /** The contexts in which the policy variables of the tests are resolved. */
  readonly contexts: readonly RequestContext[];
  /** Texts that other keys depend on, in whatever case: they stand for themselves only. */
  readonly kept: readonly string[];
  /** Values that the keys beside which this one is compared can have. */
  readonly beside: readonly string[];
  /** The forms of all values that the key can have; absent: any text. */
  readonly forms: readonly TextPattern[] | undefined;
  readonly effort: Effort;
}

/**
 * Values of one context key, such that whatever answers the tests can get together, some value gets them: each
 * value of a policy, what lies just beside it, absence, and texts that some patterns match and others do not.
 */
export function candidateValues(demand: Demand): Candidates {
  const { tests, facts, preferred, kept, forms } = demand;
  const { values: found, complete: allSingles } = singleValues(demand);
  const { longest = Number.POSITIVE_INFINITY } = facts;
  const fits = (value: string) =>
    (facts.mayBeEmpty || value !== '') &&
    fitsInto(value, longest) &&
    (forms?.some((form) => matchesPattern(form, value)) ?? true);
  const singles = [...new Set(found)].filter(fits);
  const values: KeyValue[] = preferred.filter((value) => typeof value !== 'string' || fits(value));
  if (facts.multivalued !== true) values.push(...singles);
  let complete = allSingles;
  if (facts.multivalued !== false) {
    const quantified = facts.multivalued || tests.some(({ test }) => test.quantifier !== undefined);
    const nameOf = (value: string) => kept.find((name) => name.toLowerCase() === value.toLowerCase());
    const groups = [undefined, ...kept].map((name) => singles.filter((value) => nameOf(value) === name));
    // Without a quantifier, a list is like any other.
    // In its own tests a list stands for no variable: not even for the default that its absence stands for.
    const inLists = { ...demand, contexts: demand.contexts.map((one) => ({ ...one, [demand.key]: aList })) };
    const chosen = quantified ? groups.flatMap((group) => representatives(group, inLists)) : [neutral];
    const lists = listsOf(chosen);
    values.push(...lists.values);
    complete &&= lists.complete && !(quantified && isSpent(demand.effort));
  }
  if (!facts.always) values.push(undefined);
  return { values, complete };
}

/** Single values of the types that the tests, or AWS, take the key for. */
function singleValues(demand: Demand): { values: string[]; complete: boolean } {
  const { key, tests, facts, preferred, beside } = demand;
  const { longest = Number.POSITIVE_INFINITY } = facts;
  const open = facts.type === 'text' || facts.type === 'unknown';
  const types = open ? typesOf(tests) : new Set<KeyType>([facts.type]);
  const isFit = fitOf(key, facts);
  const ofTypes = [...typedValues(key, tests, types)];
  const texts = types.has('text') ? textsOf(demand, types) : undefined;
  const kept = textsOfNames(demand);
  return {
    values: [
      ...preferred.flatMap((value) => value ?? []),
      ...kept.values,
      ...beside.filter(isFit),
      ...ofTypes.flatMap(({ values }) => values),
      ...(texts?.values ?? typedTexts(tests, facts.type, demand.contexts).filter(isFit)),
    ],
    complete:
      (open ? !overlap(tests) : tests.every((test) => isNative(test, facts.type))) &&
      // What is too long in one way of writing may be short in another.
      ofTypes.every(({ values, complete }) => complete && values.every((one) => fitsInto(one, longest))) &&
      kept.complete &&
      (texts?.complete ?? true),
  };
}

/** The names of the tags that other keys depend on, in every case that the tests tell apart. */
function textsOfNames({ kept, tests, contexts, effort }: Demand): Boundaries {
  if (kept.length === 0) return { values: [], complete: true };
  const { values, complete } = textsFor(tests, contexts, kept.map(literalIgnoringCase), effort);
  return { values: [...kept, ...values], complete: complete && kept.every(isPlainAscii) };
}

/** Values on either side of what the tests name, type by type. */
function* typedValues(
  key: string,
  tests: readonly CompiledTest[],
  types: ReadonlySet<KeyType>,
): Generator<Boundaries> {
  if (types.has('bool')) yield { values: ['true', 'false'], complete: true };
  if (types.has('number')) yield numbersAround(tests, keyFacts(key).least);
  if (types.has('date')) yield datesAround(tests, key);
  if (types.has('ip')) yield { values: addressesAround(tests), complete: true };
}

/** Texts for a key that may have any, or any of some forms. */
function textsOf(demand: Demand, types: ReadonlySet<KeyType>): Boundaries {
  const { tests, facts, contexts, forms, effort } = demand;
  const own = forms ?? [facts.mayBeEmpty ? anyText : nonEmpty];
  const { values, complete } = textsFor(tests, contexts, own, effort);
  return {
    values: [neutral, ...values, ...(facts.mayBeEmpty ? [''] : [])],
    complete: complete && (forms === undefined || !hasTyped(types)),
  };
}

/** Which texts a key can have at all; of an address, a number or a date, those that are one. */
function fitOf(key: string, { type, mayBeEmpty, least }: KeyFacts): (value: string) => boolean {
  // Policies may compare it as a date, but it is written in seconds.
  if (key === 'aws:epochtime') return (value) => /^-?\d+$/.test(value);
  const parse = parserOf(type);
  if (least !== undefined) return (value) => isAtLeast(value, least);
  if (parse) return (value) => parse(value) !== undefined;
  if (type === 'bool') return (value) => value === 'true' || value === 'false';
  return (value) => mayBeEmpty || value !== '';
}

function hasTyped(types: ReadonlySet<KeyType>): boolean {
  return types.has('number') || types.has('date') || types.has('ip');
}

/** Whether a value may have to be of two types at once: to fit a pattern and be a number of some size. */
function overlap(tests: readonly CompiledTest[]): boolean {
  const has = (...comparisons: Comparison[]) =>
    tests.some(({ operator }) => comparisons.includes(operator.comparison));
  const typed = has('numeric', 'date', 'ip', 'bool');
  return (typed && tests.some(isTextual)) || (has('numeric') && has('date'));
}

/** Whether a test compares values of a type as AWS writes them. */
function isNative({ test, operator: { comparison } }: CompiledTest, type: KeyType): boolean {
  if (comparison === 'null' || type === 'bool') return true;
  if (comparison === 'numeric') return type === 'number' || test.key.toLowerCase() === 'aws:epochtime';
  return comparison === type;
}

function typesOf(tests: readonly CompiledTest[]): Set<KeyType> {
  const types = new Set<KeyType>(['text']);
  for (const { operator } of tests) {
    const { comparison } = operator;
    if (comparison === 'numeric') types.add('number');
    else if (comparison === 'date' || comparison === 'ip' || comparison === 'bool') types.add(comparison);
  }
  return types;
}

/** What it is to ask tests about a value of a key: each text of it is held against each text of a policy. */
export function costOf(value: KeyValue, tests: readonly { readonly test: CompiledTest }[]): number {
  const texts = typeof value === 'object' ? value.length : 1;
  return tests.reduce((sum, { test: { test } }) => sum + 1 + texts * test.values.length, 1);
}

/** One of the texts for each way in which the tests treat a single value. */
function representatives(
  singles: readonly string[],
  { tests, contexts, effort }: Pick<Demand, 'tests' | 'contexts' | 'effort'>,
): string[] {
  const cost = contexts.length * tests.reduce((sum, { test }) => sum + test.values.length, 1);
  const found = new Map<string, string>();
  for (const value of singles) {
    effort.left -= cost;
    if (isSpent(effort)) break;
    const answers = tests
      .flatMap((test) => contexts.map((context) => (test.holdsFor(value, context) ? '1' : '0')))
      .join('');
    if (!found.has(answers)) found.set(answers, value);
  }
  return [...found.values()];
}

/** Of more values than these, the lists of two are too many. */
const mostInPairs = 200;

/** All lists of up to eight representatives; of more, those of one, of all, and of two of the first. */
function listsOf(values: readonly string[]): { values: readonly (readonly string[])[]; complete: boolean } {
  if (values.length <= 8) {
    const lists: string[][] = [];
    for (let bits = 1; bits < 1 << values.length; bits++) {
      lists.push(values.filter((_, i) => (bits >> i) & 1));
    }
    return { values: lists.sort((a, b) => a.length - b.length), complete: true };
  }
  const first = values.slice(0, mostInPairs);
  const pairs = first.flatMap((a, i) => first.slice(i + 1).map((b) => [a, b]));
  return { values: [...values.map((value) => [value]), ...pairs, [...values]], complete: false };
}
