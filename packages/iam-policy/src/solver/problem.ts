import type { ResourcePattern } from '../arn.ts';
import type { CompiledSet } from '../compile.ts';
import { compilePlainTest } from '../condition.ts';
import { isPrincipalKey } from '../condition-keys.ts';
import { contextValue } from '../context.ts';
import { compileGlob } from '../glob.ts';
import type { RequestContext } from '../types.ts';
import { type Choice, domainsOf, type Variable } from './domains.ts';
import {
  type AccessFormula,
  type Atom,
  AtomTable,
  accessFormula,
  all,
  any,
  atomsOf,
  type Formula,
  not,
  truthOf,
} from './formula.ts';
import { canBeTogether, type KeyValue, settleCompanions } from './keys.ts';
import type { SearchSpace } from './space.ts';
import { classifyTexts, patternOf } from './texts.ts';

/** A concrete request; the context is the baseline with as few changes as possible, without the known keys. */
export interface Found {
  readonly resource: string;
  readonly context: RequestContext;
}

/** `none`: there is certainly no such request. `gave-up`: the search was cut off. */
export type Answer = Found | 'none' | 'gave-up';

/** How many partial requests may still be looked at; problems that belong together share one. */
export interface Effort {
  left: number;
}

const maxSteps = 20_000;

/** Resources and contexts as variables, and the questions about them that some policy sets ask. */
export class Problem {
  readonly #space: SearchSpace;
  readonly #effort: Effort;
  readonly #table: AtomTable;
  /** What every request that can happen meets. */
  readonly #possible: Formula;
  #variables: ReadonlyMap<string, Variable> | undefined;
  #incomplete: ReadonlySet<Atom> = new Set();
  readonly #answers = new Map<Atom, Map<Choice, boolean>>();
  readonly #keys = new Map<Atom, readonly string[]>();

  constructor(space: SearchSpace, effort: Effort = { left: 1_000_000 }) {
    this.#space = space;
    this.#effort = effort;
    this.#table = new AtomTable((atom) => this.#settled(atom));
    const ways = (space.possible ?? []).map((literals) =>
      all(
        literals.map(({ test, holds }) => {
          const formula = this.#table.test(compilePlainTest(test));
          return holds ? formula : not(formula);
        }),
      ),
    );
    this.#possible = ways.length === 0 ? all([]) : any(ways);
  }

  /** To be called for every set before anything is sought. */
  formulaOf(set: CompiledSet, action: string): AccessFormula {
    if (this.#variables) throw new Error('a problem takes no more policies once it was solved');
    return accessFormula(set, action, this.#table, this.#space.known);
  }

  /** Whether a formula holds for a concrete request; the context without the known keys. */
  holds(formula: Formula, { resource, context }: Found): boolean {
    const full = { ...context, ...this.#space.known };
    return (
      truthOf(formula, (atom) =>
        atom.kind === 'resource' ? atom.pattern.matches(resource, full) : atom.test.matches(full),
      ) === true
    );
  }

  /** A request for which the formula holds. */
  find(wanted: Formula): Answer {
    const formula = all([wanted, this.#possible]);
    if (formula.kind === 'constant' && !formula.value) return 'none';
    const variables = this.#domains();
    const search = {
      chosen: new Map<string, Choice>(),
      left: Math.min(maxSteps, this.#effort.left),
      cut: false,
    };
    for (const budget of [0, 1, 2, Number.POSITIVE_INFINITY]) {
      search.cut = false;
      const found = this.#search(formula, variables, search, budget);
      if (found) return found;
      if (search.left <= 0) return 'gave-up';
      if (!search.cut) break;
    }
    return [...atomsOf(formula)].some((atom) => this.#incomplete.has(atom)) ? 'gave-up' : 'none';
  }

  #search(
    formula: Formula,
    variables: ReadonlyMap<string, Variable>,
    search: { chosen: Map<string, Choice>; left: number; cut: boolean },
    budget: number,
  ): Found | undefined {
    const { chosen } = search;
    if (--search.left <= 0) return undefined;
    this.#effort.left--;
    const open: string[] = [];
    const truth = truthOf(formula, (atom) => {
      const value = this.#truth(atom, chosen);
      if (value === undefined && open.length === 0) {
        open.push(...this.#keysOf(atom).filter((key) => !chosen.has(key)));
      }
      return value;
    });
    if (truth === false) return undefined;
    // What holds already still needs values for the other variables that can be together with the chosen ones.
    const key = truth === true ? [...variables.keys()].find((name) => !chosen.has(name)) : open[0];
    const variable = key === undefined ? undefined : variables.get(key);
    if (!variable) return this.#found(chosen, variables);
    for (const choice of variable.choices) {
      if (choice.cost > budget) {
        search.cut = true;
        continue;
      }
      chosen.set(variable.key, choice);
      if (consistent(chosen, variables)) {
        const found = this.#search(formula, variables, search, budget - choice.cost);
        if (found) return found;
      }
      chosen.delete(variable.key);
    }
    return undefined;
  }

  #found(chosen: ReadonlyMap<string, Choice>, variables: ReadonlyMap<string, Variable>): Found {
    const { baseline = {}, resource } = this.#space;
    const context = new Map<string, readonly [string, string | readonly string[]]>();
    for (const [name, value] of Object.entries(baseline)) context.set(name.toLowerCase(), [name, value]);
    const choiceOfResource = chosen.get('');
    for (const [key, value] of Object.entries(choiceOfResource?.implies ?? {})) {
      if (context.has(key.toLowerCase())) context.set(key.toLowerCase(), [key, value]);
    }
    for (const [key, { value }] of chosen) {
      if (key === '') continue;
      if (value === undefined) context.delete(key);
      else context.set(key, [variables.get(key)?.name ?? key, value]);
    }
    settleCompanions(context, (key) => variables.has(key));
    const text = typeof resource === 'string' ? resource : String(choiceOfResource?.value ?? '');
    return { resource: text, context: Object.fromEntries(context.values()) };
  }

  #domains(): ReadonlyMap<string, Variable> {
    if (!this.#variables) {
      const { variables, incomplete } = domainsOf(
        this.#space,
        this.#table.atoms.filter((atom) => this.#settled(atom) === undefined),
        (key) => this.#isKnown(key),
      );
      this.#variables = variables;
      this.#incomplete = incomplete;
    }
    return this.#variables;
  }

  #isKnown(key: string): boolean {
    const { known, free, isKnown = isPrincipalKey } = this.#space;
    if (free?.has(key.toLowerCase())) return false;
    return isKnown(key) || contextValue(known, key) !== undefined;
  }

  /** The variables that an atom depends on: free keys in lower case, `''` for the resource. */
  #keysOf(atom: Atom): readonly string[] {
    const known = this.#keys.get(atom);
    if (known) return known;
    const used = atom.kind === 'test' ? [atom.test.test.key, ...atom.test.variables] : atom.pattern.variables;
    const free = used.filter((key) => !this.#isKnown(key)).map((key) => key.toLowerCase());
    const resource = atom.kind === 'resource' && typeof this.#space.resource !== 'string' ? [''] : [];
    const keys = [...new Set([...resource, ...free])];
    this.#keys.set(atom, keys);
    return keys;
  }

  #settled(atom: Atom): boolean | undefined {
    if (this.#keysOf(atom).length === 0) return this.#ask(atom, new Map());
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

  #truth(atom: Atom, chosen: ReadonlyMap<string, Choice>): boolean | undefined {
    const keys = this.#keysOf(atom);
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

  #ask(atom: Atom, chosen: ReadonlyMap<string, Choice>): boolean {
    const context: Record<string, string | readonly string[]> = {};
    for (const key of this.#keysOf(atom)) {
      const value = chosen.get(key)?.value;
      if (key !== '' && value !== undefined) context[key] = value;
    }
    const full = { ...context, ...this.#space.known };
    if (atom.kind === 'test') return atom.test.matches(full);
    const { resource } = this.#space;
    return atom.pattern.matches(
      typeof resource === 'string' ? resource : String(chosen.get('')?.value),
      full,
    );
  }
}

function consistent(chosen: ReadonlyMap<string, Choice>, variables: ReadonlyMap<string, Variable>): boolean {
  for (const [key, value] of Object.entries(chosen.get('')?.implies ?? {})) {
    const choice = chosen.get(key.toLowerCase());
    if (choice && choice.value !== value) return false;
  }
  const lookup = (key: string): KeyValue | null => {
    const choice = chosen.get(key);
    return choice ? choice.value : null;
  };
  return canBeTogether(variables.keys(), lookup);
}
