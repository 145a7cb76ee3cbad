import type { ResourcePattern } from '../arn.ts';
import type { BoundStatement, CompiledLayer, CompiledSet } from '../compile.ts';
import type { CompiledTest } from '../condition.ts';
import { isOfOtherAccount, type PrincipalMatch } from '../principal.ts';
import type { Effect, Layer, RequestContext } from '../types.ts';
import type { SearchSpace } from './space.ts';

/** Something about a request that is true or not: its resource is like a pattern, or a condition test holds. */
export type Atom =
  | { readonly id: number; readonly kind: 'resource'; readonly pattern: ResourcePattern }
  | { readonly id: number; readonly kind: 'test'; readonly test: CompiledTest };

/** What must be so, out of atoms. */
export type Formula =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'atom'; readonly atom: Atom }
  | { readonly kind: 'not'; readonly of: Formula }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Formula[] };

export const always: Formula = { kind: 'constant', value: true };
export const never: Formula = { kind: 'constant', value: false };

export function not(of: Formula): Formula {
  if (of.kind === 'constant') return of.value ? never : always;
  return of.kind === 'not' ? of.of : { kind: 'not', of };
}

export function all(of: readonly Formula[]): Formula {
  const parts = of.filter((part) => part.kind !== 'constant' || !part.value);
  if (parts.some((part) => part.kind === 'constant')) return never;
  return parts.length === 1 && parts[0] ? parts[0] : parts.length === 0 ? always : { kind: 'all', of: parts };
}

export function any(of: readonly Formula[]): Formula {
  const parts = of.filter((part) => part.kind !== 'constant' || part.value);
  if (parts.some((part) => part.kind === 'constant')) return always;
  return parts.length === 1 && parts[0] ? parts[0] : parts.length === 0 ? never : { kind: 'any', of: parts };
}

/** The truth of a formula when some atoms are not known yet; undefined while it depends on them. */
export function truthOf(formula: Formula, truth: (atom: Atom) => boolean | undefined): boolean | undefined {
  switch (formula.kind) {
    case 'constant':
      return formula.value;
    case 'atom':
      return truth(formula.atom);
    case 'not': {
      const value = truthOf(formula.of, truth);
      return value === undefined ? undefined : !value;
    }
    default: {
      const settling = formula.kind === 'any';
      let open = false;
      for (const part of formula.of) {
        const value = truthOf(part, truth);
        if (value === settling) return settling;
        open ||= value === undefined;
      }
      return open ? undefined : !settling;
    }
  }
}

export function atomsOf(formula: Formula, found = new Set<Atom>()): Set<Atom> {
  if (formula.kind === 'atom') found.add(formula.atom);
  else if (formula.kind === 'not') atomsOf(formula.of, found);
  else if (formula.kind !== 'constant') for (const part of formula.of) atomsOf(part, found);
  return found;
}

/** Formulas share their parts: each is written once. */
const keys = new WeakMap<Formula, string>();

/** The same text for formulas that say the same in another order. */
export function formulaKey(formula: Formula): string {
  switch (formula.kind) {
    case 'constant':
      return String(formula.value);
    case 'atom':
      return String(formula.atom.id);
    case 'not':
      return `!${formulaKey(formula.of)}`;
    default: {
      const known = keys.get(formula);
      if (known !== undefined) return known;
      const parts = [...new Set(formula.of.map(formulaKey))].sort();
      const key = `${formula.kind}(${parts.join(',')})`;
      keys.set(formula, key);
      return key;
    }
  }
}

/** The same atom for the same pattern or test, in whatever policy it is written; settled ones become constants. */
export class AtomTable {
  readonly #atoms = new Map<string, Atom>();
  readonly #settle: (atom: Atom) => boolean | undefined;

  constructor(settle: (atom: Atom) => boolean | undefined) {
    this.#settle = settle;
  }

  get atoms(): readonly Atom[] {
    return [...this.#atoms.values()];
  }

  resource(pattern: ResourcePattern): Formula {
    // A text may be read in more than one way, so it does not tell patterns apart.
    const key = pattern.key;
    return this.#formula(
      this.#atoms.get(key) ?? this.#add(key, { id: this.#atoms.size, kind: 'resource', pattern }),
    );
  }

  test(test: CompiledTest): Formula {
    return this.#formula(
      this.#atoms.get(test.key) ?? this.#add(test.key, { id: this.#atoms.size, kind: 'test', test }),
    );
  }

  #add(key: string, atom: Atom): Atom {
    this.#atoms.set(key, atom);
    return atom;
  }

  #formula(atom: Atom): Formula {
    const value = this.#settle(atom);
    return value === undefined ? { kind: 'atom', atom } : value ? always : never;
  }
}

/** A statement that covers the action, and when it applies. */
export interface StatementFormula {
  readonly bound: BoundStatement;
  /** Each pattern of Resource on its own, or what NotResource leaves; any of them suffices. */
  readonly resources: readonly Formula[];
  /** All of them must hold. */
  readonly tests: readonly Formula[];
  readonly applies: Formula;
}

/** When a policy set allows an action. */
export interface AccessFormula {
  readonly statements: readonly StatementFormula[];
  /** What must hold before denies are subtracted: one formula a layer or level. */
  readonly layers: readonly Formula[];
  /** When a Deny applies, one formula each. */
  readonly denies: readonly Formula[];
  readonly allowed: Formula;
}

function statementFormula(bound: BoundStatement, atoms: AtomTable): StatementFormula {
  const { compiled } = bound;
  const patterns = compiled.everyResource ? [] : compiled.resources.map((pattern) => atoms.resource(pattern));
  const resources = compiled.everyResource
    ? [always]
    : compiled.statement.notResource
      ? [not(any(patterns))]
      : patterns;
  const tests = compiled.tests.map((test) => atoms.test(test));
  return { bound, resources, tests, applies: all([any(resources), ...tests]) };
}

/** What applies in one layer: its statements, those of them that deny, and what lets a request through. */
interface LayerFormula {
  readonly layer: Layer;
  readonly statements: readonly StatementFormula[];
  readonly denies: readonly Formula[];
  readonly allows: readonly Formula[];
  /** Of a resource-based policy: what suffices alone, and what counts like an identity-based policy. */
  readonly direct: readonly Formula[];
  readonly limited: readonly Formula[];
}

function layerFormula(
  { layer, statements }: CompiledLayer,
  bounded: boolean,
  { action, atoms, known }: { action: string; atoms: AtomTable; known: RequestContext },
): LayerFormula {
  const found: { readonly formula: StatementFormula; readonly principal: PrincipalMatch }[] = [];
  for (const bound of statements) {
    if (!bound.compiled.matchesAction(action)) continue;
    const principal = bound.compiled.matchesPrincipal(known, bounded);
    if (principal === 'none') continue;
    const formula = statementFormula(bound, atoms);
    if (formula.applies !== never) found.push({ formula, principal });
  }
  const applying = (effect: Effect, principal?: PrincipalMatch) =>
    found
      .filter(({ formula: { bound } }) => bound.matched.statement.effect === effect)
      .filter((each) => principal === undefined || each.principal === principal)
      .map(({ formula }) => formula.applies);
  const grants = layer === 'resource';
  return {
    layer,
    statements: found.map(({ formula }) => formula),
    denies: applying('Deny'),
    allows: applying('Allow'),
    direct: grants ? applying('Allow', 'direct') : [],
    limited: grants ? applying('Allow', 'limited') : [],
  };
}

/**
 * The formula of a policy set for one action. It says the same as the evaluator: a Deny anywhere wins, every SCP
 * level and VPC endpoint must allow, and identity, boundary and session must, save for what a resource-based policy grants; on a
 * resource of another account, that policy must allow besides. Who asks is settled by the known context.
 */
export function accessFormula(
  set: CompiledSet,
  action: string,
  atoms: AtomTable,
  { known, resourceAccount }: Pick<SearchSpace, 'known' | 'resourceAccount'>,
): AccessFormula {
  const across = isOfOtherAccount({ context: known, ...(resourceAccount && { resourceAccount }) });
  const parts = set.layers
    .filter(({ layer }) => !(across && layer === 'rcp'))
    .map((layer) => layerFormula(layer, set.bounded, { action, atoms, known }));
  const of = (wanted: Layer) => parts.filter(({ layer }) => layer === wanted);
  const allowing = (...wanted: readonly Layer[]) =>
    wanted.flatMap((layer) => of(layer).map(({ allows }) => any(allows)));
  const above = allowing('scp', 'endpoint');
  const layers = across
    ? [
        ...above,
        any(of('resource').flatMap(({ allows }) => allows)),
        ...allowing('identity', 'boundary', 'session'),
      ]
    : [...above, ...ownPolicies(parts)];
  const denies = parts.flatMap((part) => part.denies);
  const statements = parts.flatMap((part) => part.statements);
  const demanded = layers.filter((layer) => layer !== always);
  return { statements, layers: demanded, denies, allowed: all([...demanded, ...denies.map(not)]) };
}

/** Identity, boundary and session policies, save for what a resource-based policy grants. */
function ownPolicies(parts: readonly LayerFormula[]): Formula[] {
  const allowing = (wanted: Layer) =>
    parts.filter(({ layer }) => layer === wanted).map(({ allows }) => allows);
  const direct = any(parts.flatMap((part) => part.direct));
  const limited = parts.flatMap((part) => part.limited);
  const own = [[...allowing('identity').flat(), ...limited], ...allowing('boundary'), ...allowing('session')];
  return own.map((allows) => any([direct, ...allows]));
}
