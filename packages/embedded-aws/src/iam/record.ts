import type { LocalApiCall } from '../api-call.ts';
import type { AwsError, LocalRequest } from '../types.ts';
import type { QueryParams, QueryTree, XmlValue } from '../wire/query-protocol.ts';
import type { OperationResult } from './operation.ts';

/** Parameters that CloudTrail writes as what they are, not as text. */
const booleans = new Set(['SetAsDefault', 'OnlyAttached', 'PasswordResetRequired']);
/** Parameters that CloudTrail does not write. */
const secrets = new Set(['Password', 'NewPassword']);
const numbers = new Set(['MaxItems', 'MaxSessionDuration']);

/** The call as CloudTrail records it. Of one that failed there are no parameters, as in real records of denied calls. */
export function apiCall(
  request: LocalRequest,
  params: QueryParams,
  readOnly: boolean,
  outcome: OperationResult | AwsError,
): LocalApiCall {
  const failed = outcome instanceof Error;
  const requestParameters = failed ? {} : lowerParameters(params.tree());
  return {
    time: request.time,
    requestId: request.requestId,
    service: 'iam',
    operation: request.operation,
    region: 'us-east-1',
    caller: request.caller,
    ...(request.accessKeyId !== undefined && { accessKeyId: request.accessKeyId }),
    sourceIp: request.sourceIp,
    userAgent: request.userAgent,
    readOnly,
    requestParameters: Object.keys(requestParameters).length > 0 ? requestParameters : null,
    responseElements: failed || outcome.recorded === undefined ? null : lowerMembers(outcome.recorded),
    ...(failed && { errorCode: recordedCode(outcome.code), errorMessage: outcome.message }),
  };
}

/** CloudTrail names an error by its exception: NoSuchEntityException, but AccessDenied. */
const recordedCode = (code: string): string => (code === 'AccessDenied' ? code : `${code}Exception`);

function lowerParameters(tree: Readonly<Record<string, QueryTree>>): Record<string, unknown> {
  const told = Object.entries(tree).filter(([name]) => !secrets.has(name));
  return Object.fromEntries(told.map(([name, value]) => [lowerFirst(name), parameter(name, value)]));
}

function parameter(name: string, value: QueryTree): unknown {
  if (typeof value === 'string') {
    if (booleans.has(name)) return value === 'true';
    return numbers.has(name) ? Number(value) : value;
  }
  if (isTreeList(value)) return value.map((item) => parameter('', item));
  return lowerParameters(value);
}

function lowerMembers(members: { readonly [name: string]: XmlValue }): Record<string, unknown> {
  const known = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [lowerFirst(name), lowerValue(value)]));
}

function lowerValue(value: XmlValue): unknown {
  if (isXmlList(value)) return value.map(lowerValue);
  return isMembers(value) ? lowerMembers(value) : value;
}

const isMembers = (value: XmlValue): value is { readonly [name: string]: XmlValue } =>
  typeof value === 'object' && !(value instanceof Date) && !(value instanceof Map) && !Array.isArray(value);
const isTreeList = (value: QueryTree): value is readonly QueryTree[] => Array.isArray(value);
const isXmlList = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value);
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
