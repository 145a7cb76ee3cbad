import { RecentMap } from '../cache.ts';
import { type Effort, isSpent } from './effort.ts';
import { classifyTexts, type TextClasses, type TextPattern } from './texts.ts';

const classesRemembered = 100;
const patternsRemembered = 5_000;
/** The same object for the same pattern: its automaton is made once. */
const patternOfKey = new RecentMap<TextPattern>(patternsRemembered);
const classesOfForm = new WeakMap<TextPattern, RecentMap<TextClasses>>();

/**
 * The classes of a form's texts by some patterns, remembered: many actions are asked about under the same patterns.
 *
 * @param patterns each by a text that tells it apart from all others
 * @param limit see classifyTexts
 */
export function classesOf(
  form: TextPattern,
  patterns: ReadonlyMap<string, () => TextPattern>,
  limit: number,
  effort: Effort,
): TextClasses {
  const remembered = classesOfForm.get(form) ?? new RecentMap<TextClasses>(classesRemembered);
  classesOfForm.set(form, remembered);
  const key = [...patterns.keys()].join();
  const known = remembered.get(key);
  if (known) return known;
  const made = [...patterns].map(([name, make]) => patternOfKey.getOrCreate(name, make));
  const classes = classifyTexts(form, made, limit, effort);
  // What one search had no effort left for, another may have.
  if (classes.complete || !isSpent(effort)) remembered.getOrCreate(key, () => classes);
  return classes;
}
