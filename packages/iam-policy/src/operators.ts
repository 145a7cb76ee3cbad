import type { ConditionTest } from './types.ts';

/** How an operator compares one value of the context with one value of the policy. */
export type Comparison =
  | 'equals'
  | 'equalsIgnoreCase'
  | 'like'
  | 'numeric'
  | 'date'
  | 'bool'
  | 'binary'
  | 'ip'
  | 'arn'
  | 'null';

export interface Operator {
  readonly name: string;
  readonly comparison: Comparison;
  /** Negated operators hold when no policy value matches, and when the key is missing. */
  readonly negated: boolean;
  /** For numbers and dates: whether a difference (context's value less the policy's) is what the operator asks for. */
  readonly order?: (difference: number) => boolean;
}

const equal = (difference: number): boolean => difference === 0;

function pair(name: string, negatedName: string, comparison: Comparison): Operator[] {
  return [
    { name, comparison, negated: false },
    { name: negatedName, comparison, negated: true },
  ];
}

function ordered(prefix: 'Numeric' | 'Date', comparison: Comparison): Operator[] {
  const operator = (suffix: string, order: (difference: number) => boolean): Operator => ({
    name: prefix + suffix,
    comparison,
    negated: false,
    order,
  });
  return [
    operator('Equals', equal),
    { name: `${prefix}NotEquals`, comparison, negated: true, order: equal },
    operator('LessThan', (difference) => difference < 0),
    operator('LessThanEquals', (difference) => difference <= 0),
    operator('GreaterThan', (difference) => difference > 0),
    operator('GreaterThanEquals', (difference) => difference >= 0),
  ];
}

/** Every condition operator. Source: IAM User Guide, "IAM JSON policy elements: Condition operators". */
export const OPERATORS: readonly Operator[] = [
  ...pair('StringEquals', 'StringNotEquals', 'equals'),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'equalsIgnoreCase'),
  ...pair('StringLike', 'StringNotLike', 'like'),
  ...ordered('Numeric', 'numeric'),
  ...ordered('Date', 'date'),
  { name: 'Bool', comparison: 'bool', negated: false },
  { name: 'BinaryEquals', comparison: 'binary', negated: false },
  ...pair('IpAddress', 'NotIpAddress', 'ip'),
  ...pair('ArnEquals', 'ArnNotEquals', 'arn'),
  ...pair('ArnLike', 'ArnNotLike', 'arn'),
  { name: 'Null', comparison: 'null', negated: false },
];

const byLowerCaseName = new Map(OPERATORS.map((operator) => [operator.name.toLowerCase(), operator]));

/** The operator of a test; its name is one of OPERATORS. */
export function operatorOf(test: ConditionTest): Operator {
  const operator = byLowerCaseName.get(test.operator.toLowerCase());
  if (operator === undefined) throw new Error(`not a condition operator: ${test.operator}`);
  return operator;
}

/** Every operator as it may be written without a quantifier: `StringEquals`, `StringEqualsIfExists`. */
export const operatorNames: readonly string[] = OPERATORS.flatMap(({ name, comparison }) =>
  comparison === 'null' ? [name] : [name, `${name}IfExists`],
);

const QUANTIFIERS = new Map([
  ['forallvalues', 'ForAllValues'],
  ['foranyvalue', 'ForAnyValue'],
] as const);

/**
 * Takes `ForAnyValue:StringLikeIfExists` apart, whatever its case; undefined when it is not an operator. Null has
 * no IfExists form.
 */
export function parseOperator(
  text: string,
): Pick<ConditionTest, 'operator' | 'quantifier' | 'ifExists'> | undefined {
  const colon = text.indexOf(':');
  const quantifierText = text.slice(0, Math.max(colon, 0)).toLowerCase();
  const quantifier = [...QUANTIFIERS].find(([lower]) => lower === quantifierText)?.[1];
  if (colon !== -1 && quantifier === undefined) return undefined;
  const name = text.slice(colon + 1).toLowerCase();
  const ifExists = name.endsWith('ifexists');
  const operator = byLowerCaseName.get(ifExists ? name.slice(0, -'ifexists'.length) : name);
  if (operator === undefined || (ifExists && operator.comparison === 'null')) return undefined;
  return { operator: operator.name, ...(quantifier !== undefined && { quantifier }), ifExists };
}
