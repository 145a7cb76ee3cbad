import type { AtomAnswers } from './answers.ts';
import { type Effort, isSpent } from './effort.ts';
import { type Atom, type Formula, truthOf } from './formula.ts';
import { canBeTogether, type KeyValue } from './keys.ts';
import { type Choice, type Chosen, RESOURCE, type Variable, type VariableKey } from './variable.ts';

/** What a formula is sought in. */
export interface Scope {
  readonly variables: ReadonlyMap<VariableKey, Variable>;
  /** Atoms for which values may be missing. */
  readonly incomplete: ReadonlySet<Atom>;
  /** Variables of which a value may be missing. */
  readonly partial: ReadonlySet<VariableKey>;
  readonly answers: AtomAnswers;
  readonly effort: Effort;
  /** Whether the resource belongs to the principal's account. */
  readonly ownResource: boolean;
}

const maxSteps = 20_000;

/** What it is to ask an atom of several variables, beside one of a single variable, whose answers are remembered. */
const askedAnew = 9;

/**
 * Values for which a formula holds and that can be together, with as few changes of the baseline as possible.
 *
 * @param relaxed whether atoms for which values may be missing may answer anything; then nothing is chosen of the
 *   variables of which a value may be missing, since that may be one that goes with the others
 */
export function seek(formula: Formula, scope: Scope, relaxed: boolean): Chosen | 'nothing' | 'cut off' {
  const search = new Search(formula, scope, relaxed);
  for (const budget of relaxed ? [Number.POSITIVE_INFINITY] : [0, 1, 2, Number.POSITIVE_INFINITY]) {
    const found = search.within(budget);
    if (found) return found;
    if (search.isCutOff) return 'cut off';
    if (search.hasTriedAll) break;
  }
  return 'nothing';
}

/** One search by backtracking: the variable that the formula waits for next, one value after another. */
class Search {
  readonly #formula: Formula;
  readonly #scope: Scope;
  readonly #keys: readonly string[];
  readonly #chosen = new Map<VariableKey, Choice>();
  /** Answers that are assumed of atoms; absent: none are. */
  readonly #assumed: Map<Atom, boolean> | undefined;
  #left = maxSteps;
  #passedOver = false;
  /** What the formula waits for: a value, or an answer to be assumed. */
  #open: VariableKey | Atom | undefined;

  constructor(formula: Formula, scope: Scope, relaxed: boolean) {
    this.#formula = formula;
    this.#scope = scope;
    this.#keys = [...scope.variables.keys()].filter((key) => typeof key === 'string');
    this.#assumed = relaxed ? new Map() : undefined;
  }

  get isCutOff(): boolean {
    return this.#left <= 0;
  }

  /** Whether no value was passed over for its cost. */
  get hasTriedAll(): boolean {
    return !this.#passedOver;
  }

  within(budget: number): Chosen | undefined {
    this.#passedOver = false;
    return this.#descend(budget) ? this.#chosen : undefined;
  }

  #descend(budget: number): boolean {
    if (!this.#mayGoOn()) return false;
    this.#open = undefined;
    const truth = truthOf(this.#formula, this.#truth);
    if (truth === false) return false;
    const open = this.#open as VariableKey | Atom | undefined;
    if (truth === undefined && typeof open === 'object') return this.#assume(open, budget);
    // What holds already still needs values for the other variables that can be together with the chosen ones.
    const key = truth === true ? this.#unchosen() : open;
    const variable =
      key === undefined || typeof key === 'object' ? undefined : this.#scope.variables.get(key);
    return variable === undefined || this.#choose(variable, budget);
  }

  #mayGoOn(): boolean {
    this.#left -= 1;
    if (this.#left > 0 && (this.#left & 15) === 0 && isSpent(this.#scope.effort)) this.#left = 0;
    return this.#left > 0;
  }

  readonly #truth = (atom: Atom): boolean | undefined => {
    const { incomplete, answers, effort } = this.#scope;
    effort.left -= 1;
    if (this.#assumed && incomplete.has(atom)) {
      const answer = this.#assumed.get(atom);
      if (answer === undefined) this.#open ??= atom;
      return answer;
    }
    const value = answers.truth(atom, this.#chosen);
    if (answers.keysOf(atom).length > 1) effort.left -= askedAnew;
    if (value === undefined) this.#open ??= answers.keysOf(atom).find((key) => !this.#chosen.has(key));
    return value;
  };

  #unchosen(): VariableKey | undefined {
    for (const key of this.#scope.variables.keys()) {
      if (!this.#chosen.has(key) && !(this.#assumed && this.#scope.partial.has(key))) return key;
    }
    return undefined;
  }

  #choose(variable: Variable, budget: number): boolean {
    for (const choice of variable.choices) {
      if (choice.cost > budget) {
        this.#passedOver = true;
        continue;
      }
      this.#chosen.set(variable.key, choice);
      if (
        consistent(this.#chosen, this.#keys, this.#scope.ownResource) &&
        this.#descend(budget - choice.cost)
      )
        return true;
      this.#chosen.delete(variable.key);
    }
    return false;
  }

  #assume(atom: Atom, budget: number): boolean {
    for (const answer of [true, false]) {
      this.#assumed?.set(atom, answer);
      if (this.#descend(budget)) return true;
    }
    this.#assumed?.delete(atom);
    return false;
  }
}

/** Whether the chosen values can be those of one request. */
function consistent(chosen: Chosen, keys: readonly string[], ownResource: boolean): boolean {
  for (const [key, value] of Object.entries(chosen.get(RESOURCE)?.implies ?? {})) {
    const choice = chosen.get(key.toLowerCase());
    if (choice && choice.value !== value) return false;
  }
  const lookup = (key: string): KeyValue | null => {
    const choice = chosen.get(key);
    return choice ? choice.value : null;
  };
  return canBeTogether(keys, lookup, ownResource);
}
