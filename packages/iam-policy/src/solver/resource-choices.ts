import { contextValue } from '../context.ts';
import type { RequestContext } from '../types.ts';
import { type Effort, isSpent } from './effort.ts';
import { classesOf } from './remembered-classes.ts';
import type { ResourceForm, SearchSpace } from './space.ts';
import { patternOf, type TextPattern } from './text-patterns.ts';
import type { ResourceAtom, Usage } from './usage.ts';
import type { Choice, Choices } from './variable.ts';

/** For one form of resources, of what a search may do. */
const maxWork = 1_000_000;

/** Resources of the space, one for each way in which the patterns answer. */
export function resourceChoices(
  { patterns, resourceIsLinked }: Usage,
  space: SearchSpace,
  contexts: readonly RequestContext[],
  effort: Effort,
): Choices {
  const made = patternsOf(patterns, contexts);
  const answersOf = (text: string) =>
    patterns.flatMap(({ pattern }) => contexts.map((context) => pattern.matches(text, context)));
  const forms = typeof space.resource === 'string' ? [] : space.resource;
  const chosen = new Map<string, Choice>();
  let complete = true;
  for (const form of forms) {
    const classes = classesOf(form.pattern, made, maxWork, effort);
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
function patternsOf(
  patterns: readonly ResourceAtom[],
  contexts: readonly RequestContext[],
): ReadonlyMap<string, () => TextPattern> {
  const made = new Map<string, () => TextPattern>();
  for (const { pattern } of patterns) {
    for (const context of contexts) {
      const glob = pattern.resolve(context);
      if (glob) made.set(JSON.stringify(glob), () => patternOf(glob));
    }
  }
  return made;
}

/** Makes choices of the resources of a form; those that leave the baseline as it is cost nothing. */
function choosing({ implies }: ResourceForm, { baseline = {} }: SearchSpace): (text: string) => Choice {
  const isUsual = Object.entries(implies ?? {}).every(
    ([key, value]) => (contextValue(baseline, key) ?? value) === value,
  );
  return (value) => ({ value, cost: isUsual ? 0 : 1, ...(implies && { implies }) });
}
