import type { CompiledSet } from '../compile.ts';
import type { ConditionTest, RequestContext } from '../types.ts';
import { type Atom, all, atomsOf, type Formula, not } from './formula.ts';
import { type Answer, type Found, Problem } from './problem.ts';
import type { SearchSpace } from './space.ts';

/** Access of a principal to an action; `conditional`: on some resources or in some contexts only. */
export type Access = 'none' | 'full' | 'conditional';

/** One way in which access holds: everything in it together suffices. */
export interface AccessCase {
  /** Patterns that the resource must be like, and must not be like; as written. */
  readonly like: readonly string[];
  readonly notLike: readonly string[];
  /** Tests that must hold, or must not. */
  readonly tests: readonly { readonly test: ConditionTest; readonly holds: boolean }[];
  /** The context keys that the case depends on, as written. */
  readonly keys: readonly string[];
  /** A request that it lets through; absent where the search for one was cut off. */
  readonly example?: Found;
  /** Whether a request of the space is one of this case; its context without the known keys. */
  covers(request: Found): boolean;
}

/** All ways in which access holds. */
export interface AccessCases {
  /** None: never. One without patterns and tests: always. */
  readonly cases: readonly AccessCase[];
  /** False when there are too many to list; then none is listed and nothing is said. */
  readonly complete: boolean;
}

/** Which atoms must be true and which false. */
type Literals = ReadonlyMap<Atom, boolean>;

const maxCases = 512;

/**
 * The cases in which a policy set allows an action: denies subtracted, over all layers. Every case can happen in
 * the space, and every request of the space that the set allows is in a case.
 */
export function casesOf(set: CompiledSet, action: string, space: SearchSpace): AccessCases {
  const problem = new Problem(space);
  const { layers, denies } = problem.formulaOf(set, action);
  let products = productsOf(all(layers), true);
  for (const deny of denies) products = products && subtracted(products, deny, problem);
  if (products === undefined) return { cases: [], complete: false };
  const cases = products.flatMap((literals) => {
    const formula = conjunctionOf(literals);
    const answer = problem.find(formula);
    return answer === 'none' ? [] : caseOf(literals, answer, (request) => problem.holds(formula, request));
  });
  return { cases, complete: true };
}

/**
 * Access in a space: `none` and `full` are certain; a search that was cut off answers `conditional`.
 */
export function accessOf(set: CompiledSet, action: string, space: SearchSpace): Access {
  const problem = new Problem(space);
  const { allowed } = problem.formulaOf(set, action);
  if (problem.find(allowed) === 'none') return 'none';
  return problem.find(not(allowed)) === 'none' ? 'full' : 'conditional';
}

/**
 * Whether a set can allow any of the actions at all, cheaply: false is certain, true is not. It looks only at which
 * statements cover an action.
 */
export function mayHaveAccess(
  set: CompiledSet,
  actions: readonly string[],
  known: RequestContext = {},
): boolean {
  return actions.some((action) => {
    const { constant } = set.plans.for(action);
    if (constant) return constant.decision === 'allowed';
    return mayAllow(set, action, known);
  });
}

function mayAllow(set: CompiledSet, action: string, known: RequestContext): boolean {
  let granted = false;
  for (const { layer, statements } of set.layers) {
    const covering = statements.filter(
      ({ compiled }) =>
        compiled.matchesAction(action) && compiled.matchesPrincipal(known, set.bounded) !== 'none',
    );
    const denied = covering.some(
      ({ compiled }) =>
        compiled.statement.effect === 'Deny' &&
        compiled.everyResource &&
        compiled.statement.conditions.length === 0,
    );
    if (denied) return false;
    const allows = covering.some(({ compiled }) => compiled.statement.effect === 'Allow');
    if ((layer === 'scp' || layer === 'endpoint') && !allows) return false;
    if (layer === 'resource' || layer === 'identity') granted ||= allows;
  }
  return granted;
}

function caseOf(
  literals: Literals,
  answer: Exclude<Answer, 'none'>,
  covers: (request: Found) => boolean,
): AccessCase {
  const like: string[] = [];
  const notLike: string[] = [];
  const tests: { test: ConditionTest; holds: boolean }[] = [];
  const keys = new Map<string, string>();
  for (const [atom, holds] of literals) {
    if (atom.kind === 'resource') (holds ? like : notLike).push(atom.pattern.text);
    else tests.push({ test: atom.test.test, holds });
    const used = atom.kind === 'test' ? [atom.test.test.key, ...atom.test.variables] : atom.pattern.variables;
    for (const key of used) if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key);
  }
  const example = answer === 'gave-up' ? {} : { example: answer };
  return { like, notLike, tests, keys: [...keys.values()], ...example, covers };
}

function conjunctionOf(literals: Literals): Formula {
  return all(
    [...literals].map(([atom, holds]): Formula => {
      const literal: Formula = { kind: 'atom', atom };
      return holds ? literal : not(literal);
    }),
  );
}

/** What a Deny leaves of the products; those that it cannot meet stay as they are. */
function subtracted(products: readonly Literals[], deny: Formula, problem: Problem): Literals[] | undefined {
  const rest = productsOf(deny, false);
  if (rest === undefined) return undefined;
  const left = products.flatMap((product) =>
    problem.find(all([conjunctionOf(product), deny])) === 'none'
      ? [product]
      : rest.flatMap((part) => joined(product, part)),
  );
  const kept = absorbed(left);
  return kept.length > maxCases ? undefined : kept;
}

/** The formula as a choice between conjunctions of literals; undefined when they are too many. */
function productsOf(formula: Formula, wanted: boolean): Literals[] | undefined {
  switch (formula.kind) {
    case 'constant':
      return formula.value === wanted ? [new Map()] : [];
    case 'atom':
      return [new Map([[formula.atom, wanted]])];
    case 'not':
      return productsOf(formula.of, !wanted);
    default:
      return productsOfParts(formula.of, wanted, (formula.kind === 'all') === wanted);
  }
}

/** @param together whether all parts have to be as wanted, and not only one of them */
function productsOfParts(
  parts: readonly Formula[],
  wanted: boolean,
  together: boolean,
): Literals[] | undefined {
  let products: Literals[] = together ? [new Map()] : [];
  for (const part of inOrder(parts)) {
    const own = productsOf(part, wanted);
    if (own === undefined) return undefined;
    const next = together ? products.flatMap((a) => own.flatMap((b) => joined(a, b))) : [...products, ...own];
    products = absorbed(next);
    if (products.length > maxCases) return undefined;
  }
  return products;
}

/** Small parts first: they settle more with less. */
function inOrder(parts: readonly Formula[]): readonly Formula[] {
  return [...parts].sort((a, b) => atomsOf(a).size - atomsOf(b).size);
}

function joined(a: Literals, b: Literals): Literals[] {
  const both = new Map(a);
  for (const [atom, holds] of b) {
    if (both.get(atom) === !holds) return [];
    both.set(atom, holds);
  }
  return [both];
}

/** Without the conjunctions that demand all that another one demands, and more. */
function absorbed(products: readonly Literals[]): Literals[] {
  const kept: Literals[] = [];
  for (const product of [...products].sort((a, b) => a.size - b.size)) {
    const weaker = kept.some((other) => [...other].every(([atom, holds]) => product.get(atom) === holds));
    if (!weaker) kept.push(product);
  }
  return kept;
}
