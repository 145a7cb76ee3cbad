import type { PolicyDocument, Statement } from '../src/types.ts';
import type { Comparison, Use } from './keys.ts';

type Version = PolicyDocument['version'];

/** How the statements use each key, by its name in lower case; keys of variables are used as texts. */
export function usesOf(statements: readonly { statement: Statement; version: Version }[]): Map<string, Use> {
  const uses = new Map<
    string,
    { name: string; comparisons: Set<Comparison>; quantified: number; numbers: string[] }
  >();
  const use = (name: string) => {
    const known = uses.get(name.toLowerCase());
    const made = known ?? { name, comparisons: new Set<Comparison>(), quantified: 0, numbers: [] };
    uses.set(name.toLowerCase(), made);
    return made;
  };
  for (const { statement, version } of statements) {
    for (const { key, operator, values, quantifier } of statement.conditions) {
      const used = use(key);
      const comparison = comparisonOf(operator);
      if (operator !== 'Null') used.comparisons.add(comparison);
      if (quantifier !== undefined) used.quantified += 1;
      if (comparison === 'number') used.numbers.push(...values);
      for (const name of values.flatMap((text) => variablesOf(text, version, operator)))
        use(name).comparisons.add('text');
    }
    for (const text of statement.resources ?? []) {
      for (const name of variablesOf(text, version, 'ArnLike')) use(name).comparisons.add('text');
    }
  }
  return uses;
}

/** The keys of the variables in a value, for operators that have variables. */
export function variablesOf(text: string, version: Version, operator: string): string[] {
  if (version !== '2012-10-17' || !hasVariables(operator)) return [];
  return [...text.matchAll(/\$\{([^}*?$,]+)[^}]*\}/g)].map(([, key = '']) => key.trim());
}

const hasVariables = (operator: string): boolean => comparisonOf(operator) === 'text';

function comparisonOf(operator: string): Comparison {
  if (operator.startsWith('Numeric')) return 'number';
  if (operator.startsWith('Date')) return 'date';
  return operator.endsWith('IpAddress') ? 'ip' : 'text';
}
