import { compileArnValue } from './arn.ts';
import { contextValue, memoizeLast } from './context.ts';
import { compileGlob } from './glob.ts';
import { type Operator, operatorOf } from './operators.ts';
import {
  compileTemplate,
  type Glob,
  parseTemplate,
  resolveTemplate,
  type TextTest,
  variablesOf,
} from './template.ts';
import type { ConditionTest, PolicyDocument, RequestContext } from './types.ts';
import { isInRange, parseDate, parseIp, parseIpRange, parseNumber } from './values.ts';

/** A condition test, ready to be asked. */
export interface CompiledTest {
  readonly test: ConditionTest;
  readonly operator: Operator;
  /** Context keys of the policy variables in its values, as written. */
  readonly variables: readonly string[];
  matches(context: RequestContext): boolean;
  /** The operator applied to one value of the key, all policy values considered; no quantifier, no missing key. */
  holdsFor(value: string, context: RequestContext): boolean;
}

/** Compares one value of the context with one value of the policy; undefined when the two are not comparable. */
type Compare = (value: string, context: RequestContext) => boolean | undefined;

/**
 * Compiles a test.
 *
 * - A missing key satisfies negated operators, …IfExists and ForAllValues; nothing else.
 * - Without a quantifier, a multivalued key satisfies nothing.
 * - Several policy values are alternatives; under a negated operator, none may compare.
 * - A value that is not of the operator's type satisfies neither the operator nor its negation.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context
 * keys".
 */
export function compileTest(test: ConditionTest, version: PolicyDocument['version']): CompiledTest {
  const operator = operatorOf(test);
  const { key, quantifier, ifExists } = test;
  if (operator.comparison === 'null') {
    const wanted = test.values.map((value) => value.toLowerCase());
    return {
      test,
      operator,
      variables: [],
      matches: (context) => wanted.includes(contextValue(context, key) === undefined ? 'true' : 'false'),
      holdsFor: () => wanted.includes('false'),
    };
  }
  const holdsFor = compileValues(test, operator, version);
  const whenMissing =
    ifExists || quantifier === 'ForAllValues' || (quantifier === undefined && operator.negated);
  return {
    test,
    operator,
    variables: hasVariables(operator)
      ? test.values.flatMap((value) => variablesOf(parseTemplate(value, version, false)))
      : [],
    holdsFor,
    matches: (context) => {
      const value = contextValue(context, key);
      if (value === undefined) return whenMissing;
      if (quantifier === undefined) return typeof value === 'string' && holdsFor(value, context);
      const values = typeof value === 'string' ? [value] : value;
      if (quantifier === 'ForAnyValue') return values.some((item) => holdsFor(item, context));
      return isNullSet(values) || values.every((item) => holdsFor(item, context));
    },
  };
}

/** Whether a condition test holds in a context. */
export function conditionHolds(
  test: ConditionTest,
  version: PolicyDocument['version'],
  context: RequestContext,
): boolean {
  return compileTest(test, version).matches(context);
}

/** ForAllValues holds when "the key values resolve to a null dataset, such as an empty string". */
function isNullSet(values: readonly string[]): boolean {
  return values.every((value) => value === '');
}

/** Variables work with text, ARNs, Bool and BinaryEquals only. */
function hasVariables({ comparison }: Operator): boolean {
  return comparison !== 'numeric' && comparison !== 'date' && comparison !== 'ip';
}

function compileValues(test: ConditionTest, operator: Operator, version: PolicyDocument['version']) {
  const compares = test.values.map((value) => compileCompare(value, operator, version));
  const [only] = compares;
  if (compares.length === 1 && only !== undefined) {
    const wanted = !operator.negated;
    return (value: string, context: RequestContext) => only(value, context) === wanted;
  }
  if (operator.negated) {
    return (value: string, context: RequestContext) =>
      compares.every((compare) => compare(value, context) === false);
  }
  return (value: string, context: RequestContext) =>
    compares.some((compare) => compare(value, context) === true);
}

function compileCompare(text: string, operator: Operator, version: PolicyDocument['version']): Compare {
  const template = (wildcards: boolean, compile: (glob: Glob) => TextTest): Compare =>
    compileTemplate(parseTemplate(text, version, wildcards), compile);
  switch (operator.comparison) {
    case 'equals':
    case 'binary':
      return template(false, compileGlob);
    case 'equalsIgnoreCase':
      return template(false, (glob) => {
        const wanted = textOf(glob).toLowerCase();
        return (value) => value.toLowerCase() === wanted;
      });
    case 'like':
      return template(true, compileGlob);
    case 'arn':
      return template(true, compileArnValue);
    case 'bool':
      return template(false, compileBool);
    case 'numeric':
      return compileOrder(parseNumber(text), memoizeLast(parseNumber), operator);
    case 'date':
      return compileOrder(parseDate(text), memoizeLast(parseDate), operator);
    case 'ip':
      return compileIp(text);
    case 'null':
      throw new Error('Null compares no values');
  }
}

function textOf(glob: Glob): string {
  return glob.map((token) => (token.kind === 'text' ? token.text : '')).join('');
}

function compileBool(glob: Glob): TextTest {
  const wanted = textOf(glob).toLowerCase();
  if (wanted !== 'true' && wanted !== 'false') return () => undefined;
  return (value) => {
    const lower = value.toLowerCase();
    return lower === 'true' || lower === 'false' ? lower === wanted : undefined;
  };
}

function compileOrder(
  policy: number | undefined,
  parse: (value: string) => number | undefined,
  { order }: Operator,
): Compare {
  if (policy === undefined || order === undefined) return () => undefined;
  return (value) => {
    const number = parse(value);
    return number === undefined ? undefined : order(number, policy);
  };
}

const parseContextIp = memoizeLast(parseIp);

function compileIp(text: string): Compare {
  const range = parseIpRange(text);
  if (range === undefined) return () => undefined;
  return (value) => {
    const address = parseContextIp(value);
    return address === undefined ? undefined : isInRange(address, range);
  };
}

/**
 * A test with its policy variables replaced by what is known; undefined where one of them is not known.
 */
export function resolvedTest(test: ConditionTest, known: RequestContext): ConditionTest | undefined {
  const { comparison } = operatorOf(test);
  const wildcards = comparison === 'like' || comparison === 'arn';
  const values = test.values.map((value) => {
    if (!value.includes('${')) return value;
    const glob = resolveTemplate(parseTemplate(value, '2012-10-17', wildcards), known);
    return glob
      ?.map((token) => (token.kind === 'text' ? token.text : token.kind === 'any' ? '*' : '?'))
      .join('');
  });
  const found = values.filter((value) => value !== undefined);
  return found.length === values.length ? { ...test, values: found } : undefined;
}
