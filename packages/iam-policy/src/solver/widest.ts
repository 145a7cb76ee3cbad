import { contextValue } from '../context.ts';
import type { Template } from '../template.ts';
import { type Effort, isSpent } from './effort.ts';
import { classesOf } from './remembered-classes.ts';
import type { SearchSpace } from './space.ts';
import { anyText, literal, type TextPattern } from './text-patterns.ts';
import type { ResourceAtom } from './usage.ts';

/** What a search may do to see whether a form and a pattern meet. */
const maxWork = 100_000;
/** Patterns that one pattern can stand for, by the forms of its variables; of more, a variable is any text. */
const maxForms = 8;

/**
 * Whether no resource of a space can match a pattern, whatever its policy variables say: the id of a session has a colon,
 * which no collection's has.
 */
export function isOutOfReach({ pattern }: ResourceAtom, space: SearchSpace, effort: Effort): boolean {
  const forms = typeof space.resource === 'string' ? [{ pattern: literal(space.resource) }] : space.resource;
  return widestOf(pattern.template, space).every((widest) =>
    forms.every((form) => {
      const classes = classesOf(
        form.pattern,
        new Map([[JSON.stringify(widest), () => widest]]),
        maxWork,
        effort,
      );
      return classes.complete && !isSpent(effort) && !classes.texts.has('1');
    }),
  );
}

/** Patterns that together match whatever a template can, with every value that its variables can have. */
function widestOf(template: Template, space: SearchSpace): readonly TextPattern[] {
  let made: readonly TextPattern[] = [[]];
  for (const token of template) {
    const forms = token.kind === 'variable' ? formsOf(token, space) : [stepsOf(token)];
    const chosen = made.length * forms.length > maxForms ? [anyText] : forms;
    made = made.flatMap((before) => chosen.map((form) => [...before, ...form]));
  }
  return made;
}

type Token = Template[number];
type Variable = Extract<Token, { kind: 'variable' }>;

const stepsOf = (token: Exclude<Token, Variable>): TextPattern =>
  token.kind === 'text'
    ? literal(token.text)
    : anyText.map((step) => ({ ...step, repeat: token.kind === 'any' }));

/** The forms of what can stand in a variable's place; how long a text is does not matter. */
function formsOf({ key, fallback }: Variable, { known, free }: SearchSpace): readonly TextPattern[] {
  const value = contextValue(known, key);
  if (typeof value === 'string') return [literal(value)];
  const forms = free?.get(key.toLowerCase())?.forms;
  if (forms === undefined) return [anyText];
  const texts = fallback === undefined ? forms : [...forms, literal(fallback)];
  return texts.map((form) => form.map(({ chars, repeat }) => ({ chars, repeat })));
}
