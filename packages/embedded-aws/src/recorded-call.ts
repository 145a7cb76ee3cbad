import { AwsError, type LocalRequest } from './types.ts';
import type { World } from './world.ts';

/**
 * Answers a call of a JSON service, and reports it as CloudTrail would record it, in the Region that it was made in: the
 * input and the answer of a write in lower camel case; of one that failed, the error.
 */
export function recorded(
  world: World,
  request: LocalRequest,
  input: Readonly<Record<string, unknown>>,
  perform: () => unknown,
): unknown {
  const readOnly = /^(Get|List|Describe)/.test(request.operation);
  const call = {
    time: request.time,
    requestId: request.requestId,
    service: request.service,
    operation: request.operation,
    region: request.region,
    caller: request.caller,
    ...(request.accessKeyId !== undefined && { accessKeyId: request.accessKeyId }),
    sourceIp: request.sourceIp,
    userAgent: request.userAgent,
    readOnly,
  };
  try {
    const answer = perform();
    const elements = isRecord(answer) && !readOnly && Object.keys(answer).length > 0 ? answer : null;
    world.recordApiCall({
      ...call,
      requestParameters: lowerNames(input),
      responseElements: elements && lowerNames(elements),
    });
    return answer;
  } catch (error) {
    if (error instanceof AwsError) {
      const failure = { errorCode: error.code, errorMessage: error.message };
      world.recordApiCall({ ...call, requestParameters: null, responseElements: null, ...failure });
    }
    throw error;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const lowerNames = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
