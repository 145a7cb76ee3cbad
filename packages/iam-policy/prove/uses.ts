import type { ConditionTest, PolicyDocument, Statement } from '../src/types.ts';
import type { Comparison, Use } from './keys.ts';

type Version = PolicyDocument['version'];

/** How the statements use each key, by its name in lower case; keys of variables are used as texts. */
export function usesOf(statements: readonly { statement: Statement; version: Version }[]): Map<string, Use> {
  const uses = new Map<string, OpenUse>();
  const use = (name: string) => {
    const made = uses.get(name.toLowerCase()) ?? { name, comparisons: new Set(), quantified: 0, numbers: [] };
    uses.set(name.toLowerCase(), made);
    return made;
  };
  for (const { statement, version } of statements) {
    for (const test of statement.conditions) noteTest(test, use(test.key));
    for (const name of variablesIn(statement, version)) use(name).comparisons.add('text');
  }
  return uses;
}

interface OpenUse extends Use {
  readonly comparisons: Set<Comparison>;
  quantified: number;
  readonly numbers: string[];
}

function noteTest({ operator, values, quantifier }: ConditionTest, used: OpenUse): void {
  const comparison = comparisonOf(operator);
  if (operator !== 'Null') used.comparisons.add(comparison);
  if (quantifier !== undefined) used.quantified += 1;
  if (comparison === 'number') used.numbers.push(...values);
}

function variablesIn({ conditions, resources = [] }: Statement, version: Version): string[] {
  return [
    ...conditions.flatMap(({ values, operator }) =>
      values.flatMap((text) => variablesOf(text, version, operator)),
    ),
    ...resources.flatMap((text) => variablesOf(text, version, 'ArnLike')),
  ];
}

/** The keys of the variables in a value, for operators that have variables. */
export function variablesOf(text: string, version: Version, operator: string): string[] {
  if (version !== '2012-10-17' || !hasVariables(operator)) return [];
  return [...text.matchAll(/\$\{([^}*?$,]+)[^}]*\}/g)].map(([, key = '']) => key.trim());
}

const hasVariables = (operator: string): boolean => comparisonOf(operator) === 'text';

/** What an operator compares values as. */
export function comparisonOf(operator: string): Comparison {
  if (operator.startsWith('Numeric')) return 'number';
  if (operator.startsWith('Date')) return 'date';
  return operator.endsWith('IpAddress') ? 'ip' : 'text';
}
