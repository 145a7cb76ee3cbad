import { keyFacts } from '../condition-keys.ts';
import { contextValue } from '../context.ts';
import type { RequestContext } from '../types.ts';
import { valuesBeside } from './beside.ts';
import { closedValues, momentsOf, secondOf } from './closed-values.ts';
import { type Effort, isSpent } from './effort.ts';
import type { KeyValue } from './keys.ts';
import type { SearchSpace } from './space.ts';
import { type TestAtom, testsOf, type Usage } from './usage.ts';
import { type Candidates, candidateValues, costOf } from './values.ts';
import type { Choice, Choices } from './variable.ts';

/** What resources of the space bring with them for a key. */
function impliedValues({ resource }: SearchSpace, key: string): string[] {
  if (typeof resource === 'string') return [];
  const values = resource.flatMap(({ implies = {} }) =>
    Object.entries(implies).flatMap(([name, value]) => (name.toLowerCase() === key ? [value] : [])),
  );
  return [...new Set(values)];
}

/** What the values of one key are chosen for. */
export interface KeyDemand {
  readonly key: string;
  readonly names: ReadonlyMap<string, string>;
  /** Those that the values must serve. */
  readonly tests: readonly TestAtom[];
  readonly usage: Usage;
  readonly space: SearchSpace;
  readonly contexts: readonly RequestContext[];
  readonly effort: Effort;
}

/** The values of one key, one for each way in which the tests of it answer. */
export function keyChoices(demand: KeyDemand): Choices {
  const { key, names, usage, space } = demand;
  const closed = closedValues(space, key);
  const implied = impliedValues(space, key);
  const requestTags = [...names.values()].flatMap((name) => /^aws:requesttag\/(.*)$/i.exec(name)?.[1] ?? []);
  const found = closed
    ? {
        values: [...preferredValues(demand), ...closed, ...(keyFacts(key).always ? [] : [undefined])],
        complete: true,
      }
    : withinKnownSecond(demand, (moments) => openValues(demand, [...implied, ...moments], requestTags));
  const idOf =
    usage.linked.has(key) || closed || implied.length > 0
      ? (value: KeyValue) => JSON.stringify(value)
      : answersTo(demand, requestTags);
  const chosen = new Map<string, Choice>();
  for (const [i, value] of found.values.entries()) {
    demand.effort.left -= costOf(value, demand.tests);
    // Every test and value of it is asked; the first is what is usual, and never left out.
    if (i > 0 && isSpent(demand.effort)) return { choices: [...chosen.values()], complete: false };
    const id = idOf(value) ?? '';
    if (!chosen.has(id)) chosen.set(id, { value, cost: i === 0 ? 0 : 1 });
  }
  return { choices: [...chosen.values()], complete: found.complete };
}

/** Values of the time are of the second that is known, if one is: its first and last moment among them. */
function withinKnownSecond(
  { key, space }: KeyDemand,
  candidates: (moments: readonly string[]) => Candidates,
): Candidates {
  const epoch = key === 'aws:currenttime' ? contextValue(space.known, 'aws:EpochTime') : undefined;
  const [first, last] = typeof epoch === 'string' ? momentsOf(epoch) : [];
  if (first === undefined || last === undefined) return candidates([]);
  const { values, complete } = candidates([first, last]);
  const second = secondOf(first);
  const within = (value: KeyValue) => typeof value !== 'string' || secondOf(value) === second;
  return { values: values.filter(within), complete };
}

/** What the baseline has; absence, if requests can lack the key. */
function preferredValues({ key, space }: KeyDemand): KeyValue[] {
  const usual = contextValue(space.baseline ?? {}, key);
  return usual === undefined && keyFacts(key).always ? [] : [usual];
}

/** Values of a key that may have any. */
function openValues(
  demand: KeyDemand,
  implied: readonly string[],
  requestTags: readonly string[],
): Candidates {
  const { key, tests, usage, space, contexts, effort } = demand;
  return candidateValues({
    tests: tests.map(({ test }) => test),
    key,
    facts: keyFacts(key),
    preferred: preferredValues(demand),
    contexts,
    kept: key === 'aws:tagkeys' ? requestTags : [],
    beside: [...implied, ...(usage.sources.has(key) ? valuesBeside(demand) : [])],
    forms: space.free?.get(key)?.forms,
    effort,
  });
}

/** The same text for values of a key to which its tests, and the keys that go with it, answer alike. */
function answersTo(
  { key, usage, space }: KeyDemand,
  requestTags: readonly string[],
): (value: KeyValue) => string {
  const own = testsOf(usage, key);
  return (value) => {
    const context = value === undefined ? space.known : { ...space.known, [key]: value };
    const answers = own.map(({ test }) => test.matches(context));
    return JSON.stringify([answers, couplingOf(key, value, requestTags)]);
  };
}

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
