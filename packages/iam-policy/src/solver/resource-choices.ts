import { RecentMap } from '../cache.ts';
import { contextValue } from '../context.ts';
import type { Glob } from '../template.ts';
import type { RequestContext } from '../types.ts';
import { type Effort, isSpent } from './effort.ts';
import type { ResourceForm, SearchSpace } from './space.ts';
import { classifyTexts, patternOf, type TextClasses, type TextPattern } from './texts.ts';
import type { ResourceAtom, Usage } from './usage.ts';
import type { Choice, Choices } from './variable.ts';

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

/** Resources of the space, one for each way in which the patterns answer. */
export function resourceChoices(
  { patterns, resourceIsLinked }: Usage,
  space: SearchSpace,
  contexts: readonly RequestContext[],
  effort: Effort,
): Choices {
  const globs = globsOf(patterns, contexts);
  const answersOf = (text: string) =>
    patterns.flatMap(({ pattern }) => contexts.map((context) => pattern.matches(text, context)));
  const forms = typeof space.resource === 'string' ? [] : space.resource;
  const chosen = new Map<string, Choice>();
  let complete = true;
  for (const form of forms) {
    const classes = classesOf(form.pattern, globs, effort);
    complete &&= classes.complete;
    const choiceOf = choosing(form, space);
    for (const text of [...form.hints, ...classes.texts.values()]) {
      effort.left -= patterns.length * contexts.length;
      if (isSpent(effort)) return { choices: [...chosen.values()], complete: false };
      const id = resourceIsLinked ? text : JSON.stringify([answersOf(text), form.implies]);
      if (!chosen.has(id)) chosen.set(id, choiceOf(text));
    }
  }
  return { choices: [...chosen.values()], complete };
}

/** The patterns in each context, by a text that tells them apart. */
function globsOf(
  patterns: readonly ResourceAtom[],
  contexts: readonly RequestContext[],
): ReadonlyMap<string, Glob> {
  const globs = new Map<string, Glob>();
  for (const { pattern } of patterns) {
    for (const context of contexts) {
      const glob = pattern.resolve(context);
      if (glob) globs.set(JSON.stringify(glob), glob);
    }
  }
  return globs;
}

/** Makes choices of the resources of a form; those that leave the baseline as it is cost nothing. */
function choosing({ implies }: ResourceForm, { baseline = {} }: SearchSpace): (text: string) => Choice {
  const isUsual = Object.entries(implies ?? {}).every(
    ([key, value]) => (contextValue(baseline, key) ?? value) === value,
  );
  return (value) => ({ value, cost: isUsual ? 0 : 1, ...(implies && { implies }) });
}
