import type { ConditionTest } from '../src/types.ts';
import { contextValue, isLike, resolve, type Scene, segmentsOf } from './patterns.ts';
import { compareDecimals, isInBlock, parseAddress, parseDecimal, parseMoment } from './values.ts';

/**
 * How a test came out. `error`: what an Arn… operator compares with turned out to be no ARN. Then AWS lets no Allow
 * apply, and every Deny.
 */
export type Outcome = 'holds' | 'fails' | 'error';

const outcomeOf = (holds: boolean): Outcome => (holds ? 'holds' : 'fails');
const isTrue = (text: string): boolean => text.toLowerCase() === 'true';
const isNegated = ({ operator }: ConditionTest): boolean => operator.includes('Not');

/** The outcome of one line of a Condition block. */
export function testOutcome(test: ConditionTest, scene: Scene): Outcome {
  const { operator, quantifier, ifExists, key, values } = test;
  const present = contextValue(scene.context, key);
  if (operator === 'Null') {
    return outcomeOf(values.some((value) => isTrue(value) === (present === undefined)));
  }
  if (present === undefined) {
    const holds = ifExists || quantifier === 'ForAllValues' || (!quantifier && isNegated(test));
    return outcomeOf(holds);
  }
  if (quantifier === undefined) {
    return typeof present === 'string' ? valueOutcome(test, present, scene) : 'fails';
  }
  // One value settles it: one that holds for ForAnyValue, one that fails for ForAllValues. Values have no order, so that
  // an error beside it does not come first.
  const settling = outcomeOf(quantifier === 'ForAnyValue');
  const outcomes = [present].flat().map((value) => valueOutcome(test, value, scene));
  if (outcomes.includes(settling)) return settling;
  return outcomes.includes('error') ? 'error' : outcomeOf(quantifier === 'ForAllValues');
}

/** One value of the context against the values of the policy, in order. */
function valueOutcome(test: ConditionTest, value: string, scene: Scene): Outcome {
  const { operator, values } = test;
  if (operator.endsWith('IpAddress') && parseAddress(value) === undefined) return 'fails';
  if (operator.startsWith('Arn') && segmentsOf(value).length < 6) return 'fails';
  const compared = values.map((wanted) => compare(operator, value, wanted, scene));
  const settled = compared.find((matches) => matches === true || matches === 'error');
  return settled === 'error' ? 'error' : outcomeOf((settled === true) !== isNegated(test));
}

/** One value against one value of the policy; the negated operators compare as those that they negate. */
function compare(operator: string, value: string, wanted: string, scene: Scene): boolean | 'error' {
  if (operator.startsWith('Numeric')) {
    const [a, b] = [parseDecimal(value), parseDecimal(wanted)];
    return a !== undefined && b !== undefined && isOrdered(operator, compareDecimals(a, b));
  }
  if (operator.startsWith('Date')) {
    const [a, b] = [parseMoment(value), parseMoment(wanted)];
    return a !== undefined && b !== undefined && isOrdered(operator, Number(a - b));
  }
  if (operator.endsWith('IpAddress')) {
    const address = parseAddress(value);
    return address !== undefined && isInBlock(address, wanted);
  }
  const wildcards = operator.endsWith('Like') || operator.startsWith('Arn');
  const pattern = resolve(wanted, wildcards, scene);
  if (pattern === undefined) return false;
  if (operator.startsWith('Arn')) {
    const [given, segments] = [segmentsOf(value), segmentsOf(pattern)];
    if (segments.length < 6) return 'error';
    return segments.every((segment, index) => isLike(given[index] ?? '', segment));
  }
  if (wildcards) return isLike(value, pattern);
  if (operator === 'Bool') return isTrue(value) === isTrue(pattern);
  if (operator.endsWith('IgnoreCase')) return value.toLowerCase() === pattern.toLowerCase();
  return value === pattern;
}

/** @param order below 0, 0 or above 0, as the context's value is less than the policy's, equal or greater */
function isOrdered(operator: string, order: number): boolean {
  if (operator.endsWith('GreaterThanEquals')) return order >= 0;
  if (operator.endsWith('GreaterThan')) return order > 0;
  if (operator.endsWith('LessThanEquals')) return order <= 0;
  return operator.endsWith('LessThan') ? order < 0 : order === 0;
}
