/** What can be true of a request, in SMT-LIB's words. */
export interface Atom {
  /** A Boolean term. For texts it stands for itself only once they have values: see `texts`. */
  readonly smt: string;
  /** The text variables in it; none: the skeleton settles it (presence, numbers, dates, addresses). */
  readonly texts: readonly string[];
  /** Membership of one text variable in a regular language, so that all of a variable become one. */
  readonly language?: string;
}

export type Formula =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'atom'; readonly atom: Atom }
  | { readonly kind: 'not'; readonly of: Formula }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Formula[] };

export const constant = (value: boolean): Formula => ({ kind: 'constant', value });

export const atom = (smt: string, texts: readonly string[] = [], language?: string): Formula => ({
  kind: 'atom',
  atom: { smt, texts, ...(language !== undefined && { language }) },
});

export function not(of: Formula): Formula {
  if (of.kind === 'constant') return constant(!of.value);
  return of.kind === 'not' ? of.of : { kind: 'not', of };
}

export function all(...of: readonly Formula[]): Formula {
  const open = of.filter((part) => part.kind !== 'constant' || !part.value);
  if (open.some(({ kind }) => kind === 'constant')) return constant(false);
  const [only] = open;
  return open.length === 1 && only ? only : open.length === 0 ? constant(true) : { kind: 'all', of: open };
}

export function any(...of: readonly Formula[]): Formula {
  return not(all(...of.map(not)));
}

export const ifThenElse = (condition: Formula, then: Formula, otherwise: Formula): Formula =>
  any(all(condition, then), all(not(condition), otherwise));

/** The formula as a term; each atom as `write` has it. */
export function termOf(formula: Formula, write: (atom: Atom) => string): string {
  switch (formula.kind) {
    case 'constant':
      return String(formula.value);
    case 'atom':
      return write(formula.atom);
    case 'not':
      return `(not ${termOf(formula.of, write)})`;
    default:
      return `(${formula.kind === 'all' ? 'and' : 'or'} ${formula.of.map((part) => termOf(part, write)).join(' ')})`;
  }
}

export function atomsOf(formula: Formula, found = new Map<string, Atom>()): Map<string, Atom> {
  if (formula.kind === 'atom') found.set(formula.atom.smt, formula.atom);
  else if (formula.kind === 'not') atomsOf(formula.of, found);
  else if (formula.kind !== 'constant') for (const part of formula.of) atomsOf(part, found);
  return found;
}

/** By the term of the atom. */
export type Assignment = ReadonlyMap<string, boolean>;

/** The truth of a formula when not every atom has one. */
export function truthOf(formula: Formula, assignment: Assignment): boolean | undefined {
  switch (formula.kind) {
    case 'constant':
      return formula.value;
    case 'atom':
      return assignment.get(formula.atom.smt);
    case 'not': {
      const truth = truthOf(formula.of, assignment);
      return truth === undefined ? undefined : !truth;
    }
    default: {
      const truths = formula.of.map((part) => truthOf(part, assignment));
      const settling = formula.kind === 'any';
      if (truths.includes(settling)) return settling;
      return truths.includes(undefined) ? undefined : !settling;
    }
  }
}

/** As few of the assignment's texts as still make the formula true, with all else in it. */
export function necessary(
  formula: Formula,
  assignment: Assignment,
  isText: (smt: string) => boolean,
): Assignment {
  const kept = new Map(assignment);
  for (const [smt, value] of assignment) {
    if (!isText(smt)) continue;
    kept.delete(smt);
    if (truthOf(formula, kept) !== true) kept.set(smt, value);
  }
  return kept;
}
