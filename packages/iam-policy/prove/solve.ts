import type { RequestContext } from '../src/types.ts';
import { type Assignment, type Atom, all, atomsOf, type Formula, necessary, termOf } from './formula.ts';
import type { Value } from './keys.ts';
import { resourceText } from './requests.ts';
import type { Translation } from './translate.ts';
import { isTrueIn, type Model, termsOf, written } from './values.ts';
import { unquoted, type Z3 } from './z3.ts';

/** A request, its context without what is known. */
export interface Witness {
  readonly resource: string;
  readonly context: RequestContext;
}

export type Verdict = Witness | 'none' | 'unknown';

/** Skeletons that are tried before a pair is given up. */
const mostRounds = 60;

/**
 * A request of a translation's space for which a formula holds.
 *
 * The solver settles everything but texts in one skeleton, where each question about a text is a flag. Then the flags
 * that are needed are put to it as one membership a text; where no text answers so, that is a clause for the skeleton.
 */
export function solve(formula: Formula, translation: Translation, z3: Z3, cache: TextCache): Verdict {
  const wanted = all(translation.rules, formula);
  if (wanted.kind === 'constant' && !wanted.value) return 'none';
  const atoms = [...atomsOf(wanted).values()];
  const texts = atoms.filter((atom) => atom.texts.length > 0);
  const flagOf = new Map(texts.map((atom, index) => [atom.smt, `flag${index}`]));
  const skeleton = [
    ...translation.declarations.filter((line) => !line.endsWith('String)')),
    ...[...flagOf.values()].map((flag) => `(declare-const ${flag} Bool)`),
    `(assert ${termOf(wanted, ({ smt }) => flagOf.get(smt) ?? smt)})`,
  ].join('\n');
  const terms = [...new Set([...atoms.map(({ smt }) => flagOf.get(smt) ?? smt), ...valueTerms(translation)])];
  const domains = domainsOf(translation);
  const clauses: string[] = [];
  let isUnknown = false;
  for (let round = 0; round < mostRounds; round += 1) {
    const answer = z3.check(skeleton + clauses.join('\n'), terms);
    if (answer === 'unsat') return isUnknown ? 'unknown' : 'none';
    if (answer === 'unknown') return 'unknown';
    const values = new Map(terms.map((term, index) => [term, answer[index] ?? '']));
    const model: Model = (term) => values.get(term) ?? '';
    const assignment = new Map(atoms.map(({ smt }) => [smt, model(flagOf.get(smt) ?? smt) === 'true']));
    const kept = necessary(wanted, assignment, (smt) => flagOf.has(smt));
    const filled = fill(groupsOf(texts, kept), (group) => cache.find(group, kept, domains, z3));
    if (filled.without.length === 0) return requestOf(translation, model, filled.texts);
    isUnknown ||= filled.isUnknown;
    for (const group of filled.without) {
      const literals = group.map(({ smt }) => (kept.get(smt) ? flagOf.get(smt) : `(not ${flagOf.get(smt)})`));
      clauses.push(`(assert (not (and ${literals.join(' ')})))`);
    }
  }
  return 'unknown';
}

/** Texts for every group of atoms; those for which there are none, and whether that is certain of all of them. */
function fill(groups: readonly Atom[][], find: (group: Atom[]) => Texts) {
  const texts = new Map<string, string>();
  const without: Atom[][] = [];
  let isUnknown = false;
  for (const group of groups) {
    const found = find(group);
    if (typeof found === 'object') for (const [variable, text] of found) texts.set(variable, text);
    else without.push(group);
    isUnknown ||= found === 'unknown';
  }
  return { texts, without, isUnknown };
}

/** The atoms that are needed, together where they share a text. */
function groupsOf(texts: readonly Atom[], kept: Assignment): Atom[][] {
  let groups: Atom[][] = [];
  for (const atom of texts) {
    if (!kept.has(atom.smt)) continue;
    const isShared = (group: Atom[]): boolean =>
      group.some((other) => other.texts.some((text) => atom.texts.includes(text)));
    const shared = groups.filter(isShared);
    groups = [...groups.filter((group) => !shared.includes(group)), [...shared.flat(), atom]];
  }
  return groups;
}

/** What every value of a text is, where that is not everything. */
function domainsOf({ plans }: Translation): ReadonlyMap<string, string> {
  const values = [...plans.values()].flatMap(({ elements }) => elements.map(({ value }) => value));
  return new Map(
    values.flatMap((value): [string, string][] =>
      value.kind === 'text' && value.language !== undefined ? [[value.variable, value.language]] : [],
    ),
  );
}

type Texts = ReadonlyMap<string, string> | 'none' | 'unknown';

/** Remembers which texts answer questions together: many pairs ask the same. */
export class TextCache {
  readonly #known = new Map<string, Texts>();

  /** Texts for which the atoms are as assigned, all questions about one as a single membership. */
  find(atoms: readonly Atom[], assigned: Assignment, domains: ReadonlyMap<string, string>, z3: Z3): Texts {
    const variables = [...new Set(atoms.flatMap(({ texts }) => texts))];
    const lines = variables.map((variable) => {
      const languages = atoms.flatMap(({ smt, texts: [own], language }) => {
        if (own !== variable || language === undefined) return [];
        return assigned.get(smt) ? [language] : [`(re.comp ${language})`];
      });
      const domain = domains.get(variable);
      const both = [...new Set([...(domain === undefined ? [] : [domain]), ...languages])].sort();
      const language = both.length > 1 ? `(re.inter ${both.join(' ')})` : both[0];
      const assertion = language === undefined ? '' : `(assert (str.in_re ${variable} ${language}))`;
      return `(declare-const ${variable} String)${assertion}`;
    });
    const relations = atoms
      .filter(({ language }) => language === undefined)
      .map(({ smt }) => `(assert ${assigned.get(smt) ? smt : `(not ${smt})`})`);
    const script = [...lines, ...relations].join('\n');
    // The same question about another variable has the same answer.
    const places = new Map(variables.map((variable, index) => [variable, `v${index}`]));
    const key = script.replace(/\btext(?:\d+_\d+|_resource)\b(?=[ )])/g, (name) => places.get(name) ?? name);
    let answer = this.#known.get(key);
    if (answer === undefined) {
      const values = z3.check(script, variables);
      answer =
        values === 'unsat'
          ? 'none'
          : values === 'unknown'
            ? values
            : new Map(
                variables.map((variable, index) => [
                  places.get(variable) ?? '',
                  unquoted(values[index] ?? ''),
                ]),
              );
      this.#known.set(key, answer);
    }
    if (typeof answer === 'string') return answer;
    const texts = answer;
    return new Map(variables.map((variable) => [variable, texts.get(places.get(variable) ?? '') ?? '']));
  }
}

/** The terms of which a request is made, besides its texts. */
function valueTerms({ plans, forms }: Translation): string[] {
  const formulas = [
    ...forms.map(({ flag }) => flag),
    ...[...plans.values()].flatMap(({ present, isList, elements }) => [
      present,
      isList,
      ...elements.flatMap(({ used, value }) => [used, ...flagsOf(value)]),
    ]),
  ];
  const flags = formulas.flatMap((formula) => [...atomsOf(formula).keys()]);
  const values = [...plans.values()].flatMap(({ elements }) =>
    elements.flatMap(({ value }) => termsOf(value)),
  );
  return [...flags, ...values];
}

function flagsOf(value: Value): Formula[] {
  if (value.kind === 'ip') return [value.valid, value.isIpv4];
  return value.kind === 'number' || value.kind === 'date' ? [value.valid] : [];
}

function requestOf({ plans, forms }: Translation, model: Model, texts: ReadonlyMap<string, string>): Witness {
  const context: Record<string, string | readonly string[]> = {};
  for (const { name, present, isList, elements } of plans.values()) {
    if (!isTrueIn(present, model)) continue;
    const used = elements.filter((element) => isTrueIn(element.used, model));
    const values = used.map(({ value }) => written(value, model, texts));
    context[name] = isTrueIn(isList, model) ? values : (values[0] ?? '');
  }
  const form = forms.find(({ flag }) => isTrueIn(flag, model));
  return { resource: form ? form.prefix + (texts.get(resourceText) ?? '') : '', context };
}
