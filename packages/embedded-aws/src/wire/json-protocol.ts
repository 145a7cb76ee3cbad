import { z } from 'zod';
import { AwsError, type LocalRequest, type LocalResponse } from '../types.ts';

/**
 * Reads the body of a request of the AWS JSON protocols.
 *
 * @throws AwsError SerializationException for a body that is not JSON, ValidationException for one of another shape.
 */
export function readJson<T extends z.ZodType>(schema: T, request: LocalRequest): z.output<T> {
  let body: unknown = {};
  try {
    if (request.body.length > 0) body = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'the request body is not JSON');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new AwsError('ValidationException', z.prettifyError(parsed.error));
}

/** An answer of an AWS JSON service; `version` as in the content type, `1.0` or `1.1`. */
export function jsonResponse(version: '1.0' | '1.1', result: unknown): LocalResponse {
  return {
    status: 200,
    headers: { 'content-type': `application/x-amz-json-${version}` },
    body: result === undefined ? '' : JSON.stringify(result),
  };
}
