import { compileArnValue, isArn } from './arn.ts';
import { contextValue, memoizeLast } from './context.ts';
import { compileGlob } from './glob.ts';
import { type Operator, operatorOf } from './operators.ts';
import {
  compileTemplate,
  type Glob,
  isGlob,
  parseTemplate,
  resolveTemplate,
  type TextTest,
  variablesOf,
} from './template.ts';
import type { ConditionTest, Effect, PolicyDocument, RequestContext } from './types.ts';
import { compareDecimals, isInRange, parseDate, parseIp, parseIpRange, parseNumber } from './values.ts';

/** A condition test, ready to be asked. */
export interface CompiledTest {
  readonly test: ConditionTest;
  readonly operator: Operator;
  /** Context keys of the policy variables in its values, as written. */
  readonly variables: readonly string[];
  /** The same for tests that answer alike, whatever statement they are in. */
  readonly key: string;
  matches(context: RequestContext): boolean;
  /** The operator applied to one value of the key, all policy values considered; no quantifier, no missing key. */
  holdsFor(value: string, context: RequestContext): boolean;
}

/** What a condition test stands in, as far as its answers depend on it. */
export interface TestPlace {
  readonly version: PolicyDocument['version'];
  /** An operator that cannot be applied, an ARN operator to what is no ARN, lets a Deny hold and an Allow not. */
  readonly effect: Effect;
  readonly reading: Reading;
}

/**
 * Whose answers are wanted.
 *
 * - `live`: those of AWS's services as they authorize requests.
 * - `simulator`: those of SimulatePrincipalPolicy, where it answers otherwise.
 * - `possible`: whatever access can be, where nothing but the documentation says that there is none.
 */
export type Reading = 'live' | 'simulator' | 'possible';

/**
 * How one value of the context compares with one value of the policy.
 *
 * - `unlike`: the context's value is not of the operator's type: neither the operator nor its negation holds.
 * - `fault`: the policy's value is not: the operator cannot be applied.
 */
type Comparison = boolean | 'unlike' | 'fault';
type Compare = (value: string, context: RequestContext) => Comparison;

/**
 * Compiles a test.
 *
 * - A missing key satisfies negated operators, …IfExists and ForAllValues; nothing else.
 * - Without a quantifier, a multivalued key satisfies nothing.
 * - Several policy values are alternatives; under a negated operator, none may match.
 * - Text that is no number or date matches none; text that is no address or ARN satisfies neither an operator nor its
 *   negation; every text but `true` is false.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued context
 * keys"; for values of another type, as AWS was seen to answer.
 */
export function compileTest(test: ConditionTest, place: TestPlace): CompiledTest {
  const operator = operatorOf(test);
  const { key, quantifier, ifExists } = test;
  const base = { test, operator, key: keyOf(test, operator, place) };
  if (operator.comparison === 'null') {
    const wanted = test.values.map(isTrue);
    return {
      ...base,
      variables: [],
      matches: (context) => wanted.includes(contextValue(context, key) === undefined),
      holdsFor: () => wanted.includes(false),
    };
  }
  const resolves = hasVariables(operator) || (place.reading === 'possible' && isUndocumented(test, place));
  const holdsFor = compileHolds(test, operator, place, resolves);
  const whenMissing =
    ifExists || quantifier === 'ForAllValues' || (quantifier === undefined && operator.negated);
  return {
    ...base,
    variables: resolves
      ? test.values.flatMap((value) => variablesOf(parseTemplate(value, place.version, false)))
      : [],
    holdsFor,
    matches: (context) => {
      const value = contextValue(context, key);
      if (value === undefined) return whenMissing;
      if (quantifier === undefined) return typeof value === 'string' && holdsFor(value, context);
      const values = typeof value === 'string' ? [value] : value;
      return quantifier === 'ForAnyValue'
        ? values.some((item) => holdsFor(item, context))
        : values.every((item) => holdsFor(item, context));
    },
  };
}

/** Tests of a policy without variables differ from the same words in one that has them; so do faults by effect. */
function keyOf(test: ConditionTest, { name, comparison }: Operator, place: TestPlace): string {
  const { quantifier, ifExists, key, values } = test;
  const variables = values.some((value) => value.includes('${')) && place.version;
  const effect = (comparison === 'arn' || variables) && place.effect;
  const reading = (comparison === 'numeric' || variables) && place.reading;
  return JSON.stringify([name, quantifier, ifExists, key.toLowerCase(), values, variables, effect, reading]);
}

/** Whether a condition test of an Allow holds in a context. */
export function conditionHolds(
  test: ConditionTest,
  version: PolicyDocument['version'],
  context: RequestContext,
): boolean {
  return compileTest(test, { version, effect: 'Allow', reading: 'live' }).matches(context);
}

/** Compiles a test that stands in no policy: there are no variables in it. */
export function compilePlainTest(test: ConditionTest): CompiledTest {
  return compileTest(test, { version: '2008-10-17', effect: 'Allow', reading: 'live' });
}

/**
 * Whether a test has policy variables where the documentation alone says that they do not work: with numbers, dates
 * and addresses.
 */
export function isUndocumented(test: ConditionTest, { version }: Pick<TestPlace, 'version'>): boolean {
  return (
    !hasVariables(operatorOf(test)) &&
    test.values.some((value) => !isGlob(parseTemplate(value, version, false)))
  );
}

/** Holds, in an Allow, where the test holds with or without its variables; in a Deny, where it does with both. */
function compileHolds(test: ConditionTest, operator: Operator, place: TestPlace, resolves: boolean) {
  const plain = compileValues(test, operator, place);
  if (!resolves || hasVariables(operator)) return plain;
  const templates = test.values.map((value) => parseTemplate(value, place.version, false));
  return (value: string, context: RequestContext) => {
    const values = templates.flatMap((template) => {
      const glob = resolveTemplate(template, context);
      return glob === undefined ? [] : [textOf(glob)];
    });
    const resolved = compileValues({ ...test, values }, operator, place);
    const answers = [plain(value, context), resolved(value, context)];
    return place.effect === 'Allow' ? answers.includes(true) : !answers.includes(false);
  };
}

/** Variables work with text, ARNs, Bool and BinaryEquals only. */
function hasVariables({ comparison }: Operator): boolean {
  return comparison !== 'numeric' && comparison !== 'date' && comparison !== 'ip';
}

function compileValues(test: ConditionTest, operator: Operator, place: TestPlace) {
  const compares = test.values.map((value) => compileCompare(value, operator, place));
  const { negated } = operator;
  const faultHolds = place.effect === 'Deny';
  const unlikeHolds = operator.comparison === 'numeric' && place.reading !== 'simulator' && negated;
  const [only] = compares;
  if (compares.length === 1 && only !== undefined) {
    return (value: string, context: RequestContext) => {
      const compared = only(value, context);
      if (typeof compared === 'boolean') return compared !== negated;
      return compared === 'unlike' ? unlikeHolds : faultHolds;
    };
  }
  return (value: string, context: RequestContext) => {
    for (const compare of compares) {
      const compared = compare(value, context);
      if (compared === true) return !negated;
      if (compared === 'unlike') return unlikeHolds;
      if (compared === 'fault') return faultHolds;
    }
    return negated;
  };
}

function compileCompare(text: string, operator: Operator, { version }: TestPlace): Compare {
  const template = (wildcards: boolean, compile: (glob: Glob) => TextTest<Comparison>): Compare =>
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
      return compileArn(template(true, compileArnValue));
    case 'bool':
      return template(false, (glob) => {
        const wanted = isTrue(textOf(glob));
        return (value) => isTrue(value) === wanted;
      });
    case 'numeric':
      return compileNumeric(text, operator);
    case 'date':
      return compileDate(text, operator);
    case 'ip':
      return compileIp(text);
    case 'null':
      throw new Error('Null compares no values');
  }
}

/** Text that is no ARN is unlike every one, also where the policy's variable has no value. */
function compileArn(compare: Compare): Compare {
  return (value, context) => (isArn(value) ? compare(value, context) : 'unlike');
}

function textOf(glob: Glob): string {
  return glob.map((token) => (token.kind === 'text' ? token.text : '')).join('');
}

/** Every text but `true`, in any case, is false. */
function isTrue(text: string): boolean {
  return text.toLowerCase() === 'true';
}

const parseContextNumber = memoizeLast(parseNumber);

function compileNumeric(text: string, { order }: Operator): Compare {
  const policy = parseNumber(text);
  return (value) => {
    const number = parseContextNumber(value);
    if (number === undefined) return 'unlike';
    return policy !== undefined && order?.(compareDecimals(number, policy)) === true;
  };
}

const parseContextDate = memoizeLast(parseDate);

function compileDate(text: string, { order }: Operator): Compare {
  const policy = parseDate(text);
  return (value) => {
    const date = parseContextDate(value);
    if (policy === undefined || date === undefined) return false;
    return order?.(date < policy ? -1 : date > policy ? 1 : 0) === true;
  };
}

const parseContextIp = memoizeLast(parseIp);

function compileIp(text: string): Compare {
  const range = parseIpRange(text);
  return (value) => {
    const address = parseContextIp(value);
    if (address === undefined) return 'unlike';
    return range !== undefined && isInRange(address, range);
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
