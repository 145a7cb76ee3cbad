import { isArn } from './arn.ts';
import { operatorOf } from './operators.ts';
import type { ConditionTest } from './types.ts';
import { parseDate, parseIpRange, parseNumber } from './values.ts';

/** A value of a condition test that its operator can never compare, and what it should be. */
export interface ValueProblem {
  readonly value: string;
  /** `a number`, `a date in ISO 8601`, `an IP address or CIDR range`, `an ARN`, `Base64 text`, `true or false` */
  readonly needed: string;
}

/** An IPv4 or IPv6 address, alone or as a CIDR block, as IpAddress compares it. */
export function isIpRange(text: string): boolean {
  return parseIpRange(text) !== undefined;
}

/** A date as the Date operators compare it: a W3C form of ISO 8601, or epoch seconds. */
export function isDate(text: string): boolean {
  return parseDate(text) !== undefined;
}

const isNumber = (text: string): boolean => parseNumber(text) !== undefined;
const isBase64 = (text: string): boolean =>
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
const isBoolean = (text: string): boolean => /^(true|false)$/i.test(text);

/** The values that no context value can compare with, so that they make the test no difference. */
export function valueProblems(test: ConditionTest): ValueProblem[] {
  const wrong = (isRight: (value: string) => boolean, needed: string): ValueProblem[] =>
    test.values
      .filter((value) => !value.includes('${') && !isRight(value))
      .map((value) => ({ value, needed }));
  switch (operatorOf(test).comparison) {
    case 'ip':
      return wrong(isIpRange, 'an IP address or CIDR range');
    case 'date':
      return wrong(isDate, 'a date in ISO 8601');
    case 'numeric':
      return wrong(isNumber, 'a number');
    case 'bool':
    case 'null':
      return wrong(isBoolean, 'true or false');
    case 'arn':
      // Whether IAM takes a lone * is not known.
      return wrong((value) => isArn(value) || /^\*+$/.test(value), 'an ARN');
    case 'binary':
      return wrong(isBase64, 'Base64 text');
    default:
      return [];
  }
}
