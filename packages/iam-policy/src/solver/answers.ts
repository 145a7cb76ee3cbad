import type { ResourcePattern } from '../arn.ts';
import { isPrincipalKey } from '../condition-keys.ts';
import { contextValue } from '../context.ts';
import { compileGlob } from '../glob.ts';
import type { RequestContext } from '../types.ts';
import type { Atom } from './formula.ts';
import type { SearchSpace } from './space.ts';
import { patternOf } from './text-patterns.ts';
import { classifyTexts } from './texts.ts';
import { type Choice, type Chosen, RESOURCE, type VariableKey } from './variable.ts';

/** What atoms answer in one space: for what is chosen of a request, and for whole requests. Answers are remembered. */
export class AtomAnswers {
  readonly #space: SearchSpace;
  readonly #answers = new Map<Atom, Map<Choice, boolean>>();
  readonly #matched = new Map<Atom, Map<string, boolean>>();
  readonly #keys = new Map<Atom, readonly VariableKey[]>();

  constructor(space: SearchSpace) {
    this.#space = space;
  }

  /** Whether a key has the same value, or none, in every request of the space. */
  isKnown(key: string): boolean {
    const { known, free, isKnown = isPrincipalKey } = this.#space;
    if (free?.has(key.toLowerCase())) return false;
    // IAM stores a condition on a key without a prefix; no request has such a key.
    if (!key.includes(':')) return true;
    return isKnown(key) || contextValue(known, key) !== undefined;
  }

  /** The answer for a whole request. @param context the known keys among the others */
  holds(atom: Atom, resource: string, context: RequestContext): boolean {
    return atom.kind === 'resource' ? this.#matches(atom, resource, context) : atom.test.matches(context);
  }

  /** Many formulas ask whether the same pattern matches the same resource. */
  #matches(atom: Atom & { kind: 'resource' }, resource: string, context: RequestContext): boolean {
    if (atom.pattern.variables.length > 0) return atom.pattern.matches(resource, context);
    const known = this.#matched.get(atom) ?? new Map<string, boolean>();
    this.#matched.set(atom, known);
    const answer = known.get(resource) ?? atom.pattern.matches(resource, context);
    known.set(resource, answer);
    return answer;
  }

  /** The variables that an atom depends on. */
  keysOf(atom: Atom): readonly VariableKey[] {
    const known = this.#keys.get(atom);
    if (known) return known;
    const used = atom.kind === 'test' ? [atom.test.test.key, ...atom.test.variables] : atom.pattern.variables;
    const free = used.filter((key) => !this.isKnown(key)).map((key) => key.toLowerCase());
    const resource: VariableKey[] =
      atom.kind === 'resource' && typeof this.#space.resource !== 'string' ? [RESOURCE] : [];
    const keys = [...new Set([...resource, ...free])];
    this.#keys.set(atom, keys);
    return keys;
  }

  /** The answer that an atom gives to every request of the space; undefined where there is more than one. */
  settled(atom: Atom): boolean | undefined {
    if (this.keysOf(atom).length === 0) return this.#ask(atom, new Map());
    return atom.kind === 'resource' && atom.pattern.variables.length > 0 && !this.#reaches(atom.pattern)
      ? false
      : undefined;
  }

  /** Whether some value of its variables could let a pattern match a resource of the space. */
  #reaches({ broadest }: ResourcePattern): boolean {
    const { resource } = this.#space;
    if (typeof resource === 'string') return compileGlob(broadest)(resource);
    const wanted = patternOf(broadest);
    return resource.some(({ pattern }) => {
      const { texts, complete } = classifyTexts(pattern, [wanted]);
      return texts.has('1') || !complete;
    });
  }

  /** The answer for what is chosen; undefined while it depends on more. */
  truth(atom: Atom, chosen: Chosen): boolean | undefined {
    const keys = this.keysOf(atom);
    const choices = keys.map((key) => chosen.get(key));
    const [only] = choices;
    if (choices.includes(undefined)) return undefined;
    if (choices.length !== 1 || !only) return this.#ask(atom, chosen);
    const answers = this.#answers.get(atom) ?? new Map<Choice, boolean>();
    this.#answers.set(atom, answers);
    const known = answers.get(only);
    if (known !== undefined) return known;
    const answer = this.#ask(atom, chosen);
    answers.set(only, answer);
    return answer;
  }

  #ask(atom: Atom, chosen: Chosen): boolean {
    const context: Record<string, string | readonly string[]> = {};
    for (const key of this.keysOf(atom)) {
      const value = chosen.get(key)?.value;
      if (key !== RESOURCE && value !== undefined) context[key] = value;
    }
    const full = { ...context, ...this.#space.known };
    if (atom.kind === 'test') return atom.test.matches(full);
    const { resource } = this.#space;
    return atom.pattern.matches(
      typeof resource === 'string' ? resource : String(chosen.get(RESOURCE)?.value),
      full,
    );
  }
}
