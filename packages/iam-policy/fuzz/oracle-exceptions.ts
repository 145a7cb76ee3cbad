import * as reference from '../reference/patterns.ts';
import { parseAddress, parseDecimal, parseMoment } from '../reference/values.ts';
import { operatorOf } from '../src/operators.ts';
import type { ConditionTest, Effect } from '../src/types.ts';

/** Where a pattern or condition stands, and what is asked. */
export interface Scene extends reference.Scene {
  /** Of the statement. */
  readonly effect: Effect;
  readonly resource: string;
}

/**
 * Where the oracle, @cloud-copilot/iam-simulate, answers otherwise than AWS: than AWS was seen to answer (`RECORDED`),
 * or than its documentation says. The oracle is another engine's reading, not the truth. Such a case is not left out:
 * the one test or pattern is replaced by what the rule says it amounts to here, and the engines must agree on the rest.
 * Pages are of the IAM User Guide.
 */

interface Rule {
  readonly name: string;
  /** What AWS says. */
  readonly rule: string;
  readonly source: string;
  /** What the oracle does instead. */
  readonly oracle: string;
}

export interface TestException extends Rule {
  readonly concerns: (test: ConditionTest, scene: Scene) => boolean;
}

export interface ResourceException extends Rule {
  readonly concerns: (pattern: string, scene: Scene, notResource: boolean) => boolean;
}

/** Answers of AWS's services and its simulator, held by test/recorded-aws. */
const RECORDED = 'recorded answers of AWS';
const VARIABLES = 'IAM policy elements: Variables and tags';
const OPERATORS = 'IAM JSON policy elements: Condition operators';
const RESOURCE = 'IAM JSON policy elements: Resource';

const comparisonOf = (test: ConditionTest) => operatorOf(test).comparison;

function contextValues(test: ConditionTest, scene: Scene): readonly string[] {
  const value = reference.contextValue(scene.context, test.key);
  return value === undefined ? [] : [value].flat();
}

function allValues(test: ConditionTest, scene: Scene): readonly string[] {
  return [...test.values, ...contextValues(test, scene)];
}

const isEpoch = (text: string): boolean => /^[-+]?\d+$/.test(text);
const isNoBoolean = (text: string): boolean => !/^(true|false)$/i.test(text);

function namesList(text: string, scene: Scene): boolean {
  return [...text.matchAll(/\$\{([^},]*)/g)].some(([, key = '']) =>
    Array.isArray(reference.contextValue(scene.context, key.trim())),
  );
}
const isUnresolved = (text: string, scene: Scene): boolean =>
  reference.resolve(text, true, scene) === undefined;
const hasVariables = ({ version }: Scene): boolean => version === '2012-10-17';
const comparesText = (test: ConditionTest): boolean =>
  ['equals', 'equalsIgnoreCase', 'binary', 'bool'].includes(comparisonOf(test));

export const TEST_EXCEPTIONS: readonly TestException[] = [
  {
    name: 'variables-need-2012',
    rule: 'Version 2008-10-17 treats variables such as ${aws:username} as literal strings.',
    source: 'IAM JSON policy elements: Version',
    oracle: 'resolves variables in every version',
    concerns: (test, scene) => !hasVariables(scene) && test.values.some((value) => value.includes('${')),
  },
  {
    name: 'no-value-under-negation',
    rule: 'Inverted operators like StringNotEquals match against a variable that has no value.',
    source: `${VARIABLES}, "Policy variables with no value"`,
    oracle: 'lets the negated operator fail',
    concerns: (test, scene) =>
      operatorOf(test).negated && test.values.some((value) => isUnresolved(value, scene)),
  },
  {
    name: 'literal-characters',
    rule: '${*}, ${?} and ${$} stand for the characters in any string that can have variables.',
    source: `${VARIABLES}, "Special characters"`,
    oracle: 'compares ${*} itself where the operator has no wildcards',
    concerns: (test, scene) =>
      hasVariables(scene) && comparesText(test) && test.values.some((value) => /\$\{[*?$]\}/.test(value)),
  },
  {
    name: 'variables-in-binary',
    rule: 'BinaryEquals supports policy variables.',
    source: `${OPERATORS}, "Binary condition operators"`,
    oracle: 'compares the variable as text',
    concerns: (test) => comparisonOf(test) === 'binary' && test.values.some((value) => value.includes('${')),
  },
  {
    name: 'variables-in-arns',
    rule: 'Variables are replaced before the values are compared.',
    source: `${OPERATORS}, "Amazon Resource Name (ARN) condition operators"`,
    oracle: 'takes the colon inside ${aws:username} for the end of an ARN segment',
    concerns: (test) =>
      comparisonOf(test) === 'arn' && test.values.some((value) => /\$\{[^}]*:[^}]*\}/.test(value)),
  },
  {
    name: 'six-segments',
    rule: 'Each of the six colon-delimited components of the ARN is checked separately.',
    source: `${OPERATORS}, "Amazon Resource Name (ARN) condition operators"`,
    oracle: 'takes a text of five segments for an ARN, and does not look at the first segment',
    concerns: (test) =>
      comparisonOf(test) === 'arn' &&
      test.values
        .map((value) => value.split(':'))
        .some(({ length, 0: first }) => length === 5 || (length > 5 && first !== 'arn')),
  },
  {
    name: 'if-exists-any-value',
    rule: '…IfExists: "If the key is not present, evaluate the condition element as true."',
    source: `${OPERATORS}, "…IfExists condition operators"`,
    oracle: 'fails ForAnyValue:…IfExists on a missing key',
    concerns: (test, scene) =>
      test.ifExists &&
      test.quantifier === 'ForAnyValue' &&
      reference.contextValue(scene.context, test.key) === undefined,
  },
  {
    name: 'epoch-seconds',
    rule: 'Dates are ISO 8601 or epoch (UNIX) time, which counts seconds.',
    source: `${OPERATORS}, "Date condition operators"`,
    oracle: 'compares epoch values with milliseconds',
    concerns: (test, scene) => comparisonOf(test) === 'date' && allValues(test, scene).some(isEpoch),
  },
  {
    name: 'w3c-dates',
    rule: 'Dates must be in one of the W3C implementations of the ISO 8601 formats.',
    source: `${OPERATORS}, "Date condition operators"`,
    oracle: 'accepts whatever JavaScript can read as a date',
    concerns: (test, scene) =>
      comparisonOf(test) === 'date' &&
      allValues(test, scene).some(
        (value) => parseMoment(value) === undefined && !Number.isNaN(Date.parse(value)),
      ),
  },
  {
    name: 'decimal-numbers',
    rule: 'A number is a decimal, with an exponent or without; other text is none.',
    source: RECORDED,
    oracle: 'reads 36e2 as 36 and 3600s as 3600',
    concerns: (test, scene) =>
      comparisonOf(test) === 'numeric' &&
      allValues(test, scene).some((value) => {
        const parsed = Number.parseFloat(value);
        return (
          !Number.isNaN(parsed) &&
          (parseDecimal(value) === undefined || Number(value) !== parsed || /e/i.test(value))
        );
      }),
  },
  {
    name: 'no-number-under-negation',
    rule: 'NumericNotEquals and DateNotEquals hold for text that is no number or date, on either side.',
    source: RECORDED,
    oracle: 'lets them fail',
    concerns: (test, scene) =>
      operatorOf(test).negated &&
      ((comparisonOf(test) === 'numeric' &&
        allValues(test, scene).some((value) => parseDecimal(value) === undefined)) ||
        (comparisonOf(test) === 'date' &&
          allValues(test, scene).some((value) => parseMoment(value) === undefined))),
  },
  {
    name: 'neither-true-nor-false',
    rule: 'Every text but true, in any case, is false for Bool and Null.',
    source: RECORDED,
    oracle: 'lets Bool fail for other text, and takes it for neither in Null',
    concerns: (test, scene) =>
      (comparisonOf(test) === 'null' && test.values.some(isNoBoolean)) ||
      (comparisonOf(test) === 'bool' && allValues(test, scene).some(isNoBoolean)),
  },
  {
    name: 'leading-zeros-in-addresses',
    rule: 'Leading zeros in addresses and prefixes do not count, nor does a + before a prefix.',
    source: RECORDED,
    oracle: 'takes such text for no address',
    concerns: (test, scene) =>
      comparisonOf(test) === 'ip' && allValues(test, scene).some((value) => /(^|[./])[0+]\d|:::/.test(value)),
  },
  {
    name: 'address-beside-its-prefix',
    rule: 'An IPv6 block whose address has bits beyond its prefix contains nothing.',
    source: RECORDED,
    oracle: 'masks the address',
    concerns: (test) => comparisonOf(test) === 'ip' && test.values.some((value) => /:.*\//.test(value)),
  },
  {
    name: 'no-address',
    rule: 'NotIpAddress holds for an address where the policy names none, and fails for text that is no address.',
    source: RECORDED,
    oracle: 'has it the other way round',
    concerns: (test, scene) =>
      comparisonOf(test) === 'ip' &&
      allValues(test, scene).some((value) => !/^[\d.]+(\/\d+)?$|:/.test(value) || /\/\d{2,}$/.test(value)),
  },
  {
    name: 'no-arn-in-a-policy',
    rule: 'An ARN operator beside text that is no ARN cannot be applied: a Deny holds, an Allow does not.',
    source: RECORDED,
    oracle: 'compares it as any other text',
    concerns: (test, scene) =>
      comparisonOf(test) === 'arn' &&
      test.values.some(
        (value) => reference.segmentsOf(reference.resolve(value, true, scene) ?? '').length < 6,
      ),
  },
  {
    name: 'list-for-a-variable',
    rule: 'A multivalued key has no single value to stand for a variable, whatever the default.',
    source: RECORDED,
    oracle: 'takes the default',
    concerns: (test, scene) => test.values.some((value) => namesList(value, scene)),
  },
  {
    name: 'every-address',
    rule: 'The CIDR block 0.0.0.0/0 contains every IPv4 address.',
    source: `${OPERATORS}, "IP address condition operators"`,
    oracle: 'shifts by 32 bits, and finds that only 0.0.0.0 is in it',
    concerns: (test) => comparisonOf(test) === 'ip' && test.values.includes('0.0.0.0/0'),
  },
  {
    name: 'single-addresses',
    rule: 'IpAddress matches the address or range; NotIpAddress all addresses except the specified.',
    source: `${OPERATORS}, "IP address condition operators"`,
    oracle:
      'compares single IPv6 addresses as text, and fails NotIpAddress for an address of the other family',
    concerns: (test, scene) =>
      comparisonOf(test) === 'ip' &&
      test.values.some((policy) => !policy.includes('/') || policy.includes(':')) &&
      contextValues(test, scene).some((value) => parseAddress(value) !== undefined),
  },
];

/** partition, service, region and account of an ARN or pattern. */
const segmentsOf = (arn: string): readonly string[] => arn.split(':').slice(1, 5);
const afterFifthColon = (arn: string): string => arn.split(':').slice(5).join(':');

export const RESOURCE_EXCEPTIONS: readonly ResourceException[] = [
  {
    name: 'variables-need-2012',
    rule: 'Version 2008-10-17 treats variables such as ${aws:username} as literal strings.',
    source: 'IAM JSON policy elements: Version',
    oracle: 'resolves variables in every version',
    concerns: (pattern, scene) => !hasVariables(scene) && pattern.includes('${'),
  },
  {
    name: 'variables-in-every-segment',
    rule: 'Variables resolve in every segment of a Resource ARN.',
    source: RECORDED,
    oracle: 'resolves them behind the fifth colon only',
    concerns: (pattern, scene) =>
      hasVariables(scene) && /\$\{/.test(pattern.split(':').slice(0, 6).join(':')),
  },
  {
    name: 'list-for-a-variable',
    rule: 'A multivalued key has no single value to stand for a variable, whatever the default.',
    source: RECORDED,
    oracle: 'takes the default',
    concerns: (pattern, scene) => namesList(pattern, scene),
  },
  {
    name: 'wildcard-in-resource-type',
    rule: 'Wildcards can be used within any segment of an ARN; AWS managed policies use security-group*/*.',
    source: RESOURCE,
    oracle: 'takes * and ? before the first / or : of the resource part literally',
    concerns: (pattern) => /^[^/:]*[*?$][^/:]*[/:]/.test(afterFifthColon(pattern)),
  },
  {
    name: 'case-sensitive-segments',
    rule: 'ARNs are case-sensitive.',
    source: 'Identify AWS resources with Amazon Resource Names (ARNs)',
    oracle: 'ignores case in partition, service, Region and account',
    concerns: (pattern, scene) =>
      segmentsOf(pattern).some((segment, index) => {
        const asked = segmentsOf(scene.resource)[index];
        return segment !== asked && segment.toLowerCase() === asked?.toLowerCase();
      }),
  },
  {
    name: 'star-beyond-colon',
    rule: 'A * that is the last character of a segment can match beyond the colon.',
    source: RESOURCE,
    oracle: 'never lets it',
    concerns: (pattern, scene) =>
      /\*:/.test(pattern) && pattern.split(':').length < scene.resource.split(':').length,
  },
  {
    name: 'no-value-in-not-resource',
    rule: 'A resource with a variable that has no value matches no resource, in NotResource too.',
    source: `${VARIABLES}, "Policy variables with no value"`,
    oracle: 'then lets the NotResource statement not apply',
    concerns: (pattern, scene, notResource) => notResource && isUnresolved(pattern, scene),
  },
  {
    name: 'short-arn-in-not-resource',
    rule: 'NotResource matches every resource except those specified.',
    source: 'IAM JSON policy elements: NotResource',
    oracle: 'lets the statement not apply when a pattern of fewer than six segments does not match',
    concerns: (pattern, _scene, notResource) => notResource && pattern.split(':').length < 6,
  },
];

/** A resource policy's Allow for the session itself (or everybody) is not limited by the session policy. */
export const SESSION_EXCEPTION: Rule = {
  name: 'direct-grant-beside-session-policy',
  rule: 'A resource-based policy can specify the session as principal; its permissions are not limited by the session policy.',
  source: 'Policies and permissions in IAM, "Session policies"',
  oracle: 'demands an Allow of the session policy always',
};
