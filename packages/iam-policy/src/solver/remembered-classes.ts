import { RecentMap } from '../cache.ts';
import { type Effort, isSpent } from './effort.ts';
import type { TextPattern } from './text-patterns.ts';
import { classifyTexts, type TextClasses } from './texts.ts';

const classesRemembered = 100;
const patternsRemembered = 5_000;
/** The same object for the same pattern: its automaton is made once. */
const patternOfKey = new RecentMap<TextPattern>(patternsRemembered);
const classesOfForm = new WeakMap<TextPattern, RecentMap<TextClasses>>();
/** The classes that each effort has paid for, by form. */
const paidOfEffort = new WeakMap<Effort, Map<TextPattern, Set<string>>>();

/**
 * The classes of a form's texts by some patterns, remembered: many actions are asked about under the same patterns. An
 * effort pays for them once, whoever worked them out, so that what a search has left does not depend on those before it.
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
  const key = [limit, ...patterns.keys()].join();
  const paid = paidFor(form, effort);
  const known = remembered.get(key);
  const price = paid.has(key) ? 0 : (known?.work ?? 0);
  if (known && price <= effort.left) {
    effort.left -= price;
    paid.add(key);
    return known;
  }
  const made = [...patterns].map(([name, make]) => patternOfKey.getOrCreate(name, make));
  const free = { ...effort, left: Number.POSITIVE_INFINITY };
  const classes = classifyTexts(form, made, limit, paid.has(key) ? free : effort);
  // What one search had no effort left for, another may have.
  if (classes.complete || !isSpent(effort)) {
    paid.add(key);
    remembered.getOrCreate(key, () => classes);
  }
  return classes;
}

function paidFor(form: TextPattern, effort: Effort): Set<string> {
  const ofEffort = paidOfEffort.get(effort) ?? new Map<TextPattern, Set<string>>();
  paidOfEffort.set(effort, ofEffort);
  const paid = ofEffort.get(form) ?? new Set<string>();
  ofEffort.set(form, paid);
  return paid;
}
