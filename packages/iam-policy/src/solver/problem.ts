import type { CompiledSet } from '../compile.ts';
import { type CompiledTest, compilePlainTest } from '../condition.ts';
import { isOfOtherAccount } from '../principal.ts';
import type { ConditionTest, RequestContext } from '../types.ts';
import { AtomAnswers } from './answers.ts';
import { type Domains, domainsOf } from './domains.ts';
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
import { settleCompanions } from './keys.ts';
import { seek } from './seek.ts';
import type { Literal, SearchSpace } from './space.ts';
import { type Chosen, RESOURCE } from './variable.ts';

/** A concrete request; the context is the baseline with as few changes as possible, without the known keys. */
export interface Found {
  readonly resource: string;
  readonly context: RequestContext;
  /** The account that the resource belongs to, as the space says; absent: the principal's own. */
  readonly resourceAccount?: string;
}

/** `none`: there is certainly no such request. `gave-up`: whether there is one was not settled. */
export type Answer = Found | 'none' | 'gave-up';

/** Whether there is a request: one that is, a proof that there is none, or why neither could be had. */
export type SearchResult =
  | { readonly kind: 'witness'; readonly request: Found }
  | { readonly kind: 'none' }
  | { readonly kind: 'unsettled'; readonly reason: string };

/** Resources and contexts as variables, and the questions about them that some policy sets ask. */
export class Problem {
  readonly #space: SearchSpace;
  readonly #effort: Effort;
  readonly #answers: AtomAnswers;
  readonly #table: AtomTable;
  /** What every request that can happen meets. */
  readonly #possible: Formula;
  #domains: Domains | undefined;

  constructor(space: SearchSpace, effort: Effort = { left: effortOfSearch }) {
    this.#space = space;
    this.#effort = effort;
    this.#answers = new AtomAnswers(space);
    this.#table = new AtomTable((atom) => this.#answers.settled(atom));
    const ways = (space.possible ?? []).map((literals) => this.#all(literals));
    this.#possible = ways.length === 0 ? all([]) : any(ways);
  }

  #all(literals: readonly Literal[]): Formula {
    return all(
      literals.map(({ test, holds }) => {
        const formula = this.#table.test(plainTestOf(test));
        return holds ? formula : not(formula);
      }),
    );
  }

  /** To be called for every set before anything is sought. */
  formulaOf(set: CompiledSet, action: string): AccessFormula {
    if (this.#domains) throw new Error('a problem takes no more policies once it was solved');
    return accessFormula(set, action, this.#table, this.#space);
  }

  /** Whether a formula holds for a concrete request; the context without the known keys. */
  holds(formula: Formula, { resource, context }: Found): boolean {
    const full = { ...context, ...this.#space.known };
    return (
      truthOf(formula, (atom) => {
        this.#effort.left -= 1;
        return this.#answers.holds(atom, resource, full);
      }) === true
    );
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
    this.#domains ??= this.#makeDomains();
    const { incomplete, partial } = this.#domains;
    const scope = {
      ...this.#domains,
      answers: this.#answers,
      effort: this.#effort,
      ownResource: this.#ownResource,
    };
    const found = seek(formula, scope, false);
    if (typeof found === 'object') return { kind: 'witness', request: this.#requestOf(found, this.#domains) };
    if (found === 'cut off') return cutOff;
    const doubtful = [...atomsOf(formula)].filter((atom) => incomplete.has(atom));
    if (doubtful.length === 0 && partial.size === 0) return { kind: 'none' };
    // If nothing is found even though the atoms in doubt may answer anything, there is nothing.
    const relaxed = seek(formula, scope, true);
    return relaxed === 'nothing' ? { kind: 'none' } : { kind: 'unsettled', reason: doubtOf(doubtful) };
  }

  get #ownResource(): boolean {
    const { known, resourceAccount } = this.#space;
    return !isOfOtherAccount({ context: known, ...(resourceAccount && { resourceAccount }) });
  }

  #makeDomains(): Domains {
    const open = this.#table.atoms.filter((atom) => this.#answers.settled(atom) === undefined);
    return domainsOf(this.#space, open, (key) => this.#answers.isKnown(key), this.#effort);
  }

  #requestOf(chosen: Chosen, { variables }: Domains): Found {
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
    settleCompanions(context, (key) => variables.has(key), this.#ownResource);
    const text = typeof resource === 'string' ? resource : String(choiceOfResource?.value ?? '');
    return {
      resource: text,
      context: Object.fromEntries(context.values()),
      ...(this.#space.resourceAccount !== undefined && { resourceAccount: this.#space.resourceAccount }),
    };
  }
}

const plainTests = new WeakMap<ConditionTest, CompiledTest>();

/** What every request meets is the same for many problems: each test of it is compiled once. */
function plainTestOf(test: ConditionTest): CompiledTest {
  const known = plainTests.get(test) ?? compilePlainTest(test);
  plainTests.set(test, known);
  return known;
}

const cutOff: SearchResult = { kind: 'unsettled', reason: 'the search was cut off' };

function doubtOf(atoms: readonly Atom[]): string {
  const [first] = atoms;
  if (first === undefined) return 'not every value that the policies may ask for could be tried';
  if (first.kind === 'resource') return `not every resource like ${first.pattern.text} could be tried`;
  return `not every value of ${first.test.test.key} could be tried`;
}
