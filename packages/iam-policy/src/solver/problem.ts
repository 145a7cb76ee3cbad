import type { ResourcePattern } from '../arn.ts';
import type { CompiledSet } from '../compile.ts';
import { compilePlainTest } from '../condition.ts';
import { isPrincipalKey } from '../condition-keys.ts';
import { contextValue } from '../context.ts';
import { compileGlob } from '../glob.ts';
import type { RequestContext } from '../types.ts';
import { type Choice, domainsOf, RESOURCE, type Variable, type VariableKey } from './domains.ts';
import { type Effort, effortOfSearch, isSpent } from './effort.ts';
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

/** `none`: there is certainly no such request. `gave-up`: whether there is one was not settled. */
export type Answer = Found | 'none' | 'gave-up';

/** Whether there is a request: one that is, a proof that there is none, or why neither could be had. */
export type SearchResult =
  | { readonly kind: 'witness'; readonly request: Found }
  | { readonly kind: 'none' }
  | { readonly kind: 'unsettled'; readonly reason: string };

const maxSteps = 20_000;

/** Resources and contexts as variables, and the questions about them that some policy sets ask. */
export class Problem {
  readonly #space: SearchSpace;
  readonly #effort: Effort;
  readonly #table: AtomTable;
  /** What every request that can happen meets. */
  readonly #possible: Formula;
  #variables: ReadonlyMap<VariableKey, Variable> | undefined;
  #incomplete: ReadonlySet<Atom> = new Set();
  readonly #answers = new Map<Atom, Map<Choice, boolean>>();
  readonly #matched = new Map<Atom, Map<string, boolean>>();
  readonly #keys = new Map<Atom, readonly VariableKey[]>();

  constructor(space: SearchSpace, effort: Effort = { left: effortOfSearch }) {
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
      truthOf(formula, (atom) => {
        this.#effort.left -= 1;
        return atom.kind === 'resource' ? this.#matches(atom, resource, full) : atom.test.matches(full);
      }) === true
    );
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

  /** Whether there is nothing left to search with. */
  get isSpent(): boolean {
    return isSpent(this.#effort);
  }

  /** A request for which the formula holds. */
  find(wanted: Formula): Answer {
    const result = this.search(wanted);
    if (result.kind === 'witness') return result.request;
    return result.kind === 'none' ? 'none' : 'gave-up';
  }

  /** A request for which the formula holds, or the proof that there is none. */
  search(wanted: Formula): SearchResult {
    const formula = all([wanted, this.#possible]);
    if (formula.kind === 'constant' && !formula.value) return { kind: 'none' };
    if (isSpent(this.#effort)) return cutOff;
    const variables = this.#domains();
    const found = this.#seek(formula, variables, false);
    if (typeof found === 'object') return { kind: 'witness', request: found };
    if (found === 'cut off') return cutOff;
    const doubtful = [...atomsOf(formula)].filter((atom) => this.#incomplete.has(atom));
    if (doubtful.length === 0) return { kind: 'none' };
    // If nothing is found even though the atoms in doubt may answer anything, there is nothing.
    const relaxed = this.#seek(formula, variables, true);
    return relaxed === 'nothing' ? { kind: 'none' } : { kind: 'unsettled', reason: doubtOf(doubtful) };
  }

  /** @param relaxed whether atoms for which values may be missing may answer anything */
  #seek(
    formula: Formula,
    variables: ReadonlyMap<VariableKey, Variable>,
    relaxed: boolean,
  ): Found | 'nothing' | 'cut off' {
    const search: Search = {
      variables,
      chosen: new Map(),
      assumed: relaxed ? new Map() : undefined,
      left: maxSteps,
      cut: false,
    };
    for (const budget of relaxed ? [Number.POSITIVE_INFINITY] : [0, 1, 2, Number.POSITIVE_INFINITY]) {
      search.cut = false;
      const found = this.#search(formula, search, budget);
      if (found) return found;
      if (search.left <= 0) return 'cut off';
      if (!search.cut) break;
    }
    return 'nothing';
  }

  #search(formula: Formula, search: Search, budget: number): Found | undefined {
    const { chosen, assumed, variables } = search;
    if (--search.left <= 0) return undefined;
    if ((search.left & 15) === 0 && isSpent(this.#effort)) {
      search.left = 0;
      return undefined;
    }
    let open: VariableKey | Atom | undefined;
    const truth = truthOf(formula, (atom) => {
      if (assumed && this.#incomplete.has(atom)) {
        const answer = assumed.get(atom);
        if (answer === undefined) open ??= atom;
        return answer;
      }
      this.#effort.left -= 1;
      const value = this.#truth(atom, chosen);
      if (value === undefined) open ??= this.#keysOf(atom).find((key) => !chosen.has(key));
      return value;
    });
    if (truth === false) return undefined;
    if (truth === undefined && typeof open === 'object') return this.#assume(open, formula, search, budget);
    // What holds already still needs values for the other variables that can be together with the chosen ones.
    const key = truth === true ? [...variables.keys()].find((name) => !chosen.has(name)) : open;
    const variable = key === undefined || typeof key === 'object' ? undefined : variables.get(key);
    if (!variable) return this.#found(chosen, variables);
    for (const choice of variable.choices) {
      if (choice.cost > budget) {
        search.cut = true;
        continue;
      }
      chosen.set(variable.key, choice);
      if (consistent(chosen, variables)) {
        const found = this.#search(formula, search, budget - choice.cost);
        if (found) return found;
      }
      chosen.delete(variable.key);
    }
    return undefined;
  }

  #assume(atom: Atom, formula: Formula, search: Search, budget: number): Found | undefined {
    for (const answer of [true, false]) {
      search.assumed?.set(atom, answer);
      const found = this.#search(formula, search, budget);
      if (found) return found;
    }
    search.assumed?.delete(atom);
    return undefined;
  }

  #found(chosen: Chosen, variables: ReadonlyMap<VariableKey, Variable>): Found {
    const { baseline = {}, resource } = this.#space;
    const context = new Map<string, readonly [string, string | readonly string[]]>();
    for (const [name, value] of Object.entries(baseline)) context.set(name.toLowerCase(), [name, value]);
    const choiceOfResource = chosen.get(RESOURCE);
    for (const [key, value] of Object.entries(choiceOfResource?.implies ?? {})) {
      if (context.has(key.toLowerCase())) context.set(key.toLowerCase(), [key, value]);
    }
    for (const [key, { value }] of chosen) {
      if (key === RESOURCE) continue;
      if (value === undefined) context.delete(key);
      else context.set(key, [variables.get(key)?.name ?? key, value]);
    }
    settleCompanions(context, (key) => variables.has(key));
    const text = typeof resource === 'string' ? resource : String(choiceOfResource?.value ?? '');
    return { resource: text, context: Object.fromEntries(context.values()) };
  }

  #domains(): ReadonlyMap<VariableKey, Variable> {
    if (!this.#variables) {
      const { variables, incomplete } = domainsOf(
        this.#space,
        this.#table.atoms.filter((atom) => this.#settled(atom) === undefined),
        (key) => this.#isKnown(key),
        this.#effort,
      );
      this.#variables = variables;
      this.#incomplete = incomplete;
    }
    return this.#variables;
  }

  #isKnown(key: string): boolean {
    const { known, free, isKnown = isPrincipalKey } = this.#space;
    if (free?.has(key.toLowerCase())) return false;
    // IAM stores a condition on a key without a prefix; no request has such a key.
    if (!key.includes(':')) return true;
    return isKnown(key) || contextValue(known, key) !== undefined;
  }

  /** The variables that an atom depends on. */
  #keysOf(atom: Atom): readonly VariableKey[] {
    const known = this.#keys.get(atom);
    if (known) return known;
    const used = atom.kind === 'test' ? [atom.test.test.key, ...atom.test.variables] : atom.pattern.variables;
    const free = used.filter((key) => !this.#isKnown(key)).map((key) => key.toLowerCase());
    const resource: VariableKey[] =
      atom.kind === 'resource' && typeof this.#space.resource !== 'string' ? [RESOURCE] : [];
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

  #truth(atom: Atom, chosen: Chosen): boolean | undefined {
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

  #ask(atom: Atom, chosen: Chosen): boolean {
    const context: Record<string, string | readonly string[]> = {};
    for (const key of this.#keysOf(atom)) {
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

const cutOff: SearchResult = { kind: 'unsettled', reason: 'the search was cut off' };

function doubtOf(atoms: readonly Atom[]): string {
  const [first] = atoms;
  if (first?.kind === 'resource') return `not every resource like ${first.pattern.text} could be tried`;
  return `not every value of ${first?.test.test.key} could be tried`;
}

type Chosen = ReadonlyMap<VariableKey, Choice>;

/** The state of one search. */
interface Search {
  readonly variables: ReadonlyMap<VariableKey, Variable>;
  readonly chosen: Map<VariableKey, Choice>;
  /** Answers that are assumed of atoms; absent: none are. */
  readonly assumed: Map<Atom, boolean> | undefined;
  left: number;
  /** Whether something was not tried for its cost. */
  cut: boolean;
}

function consistent(chosen: Chosen, variables: ReadonlyMap<VariableKey, Variable>): boolean {
  for (const [key, value] of Object.entries(chosen.get(RESOURCE)?.implies ?? {})) {
    const choice = chosen.get(key.toLowerCase());
    if (choice && choice.value !== value) return false;
  }
  const lookup = (key: string): KeyValue | null => {
    const choice = chosen.get(key);
    return choice ? choice.value : null;
  };
  const keys = [...variables.keys()].filter((key) => typeof key === 'string');
  return canBeTogether(keys, lookup);
}
