import { z } from 'zod';
import { AwsError, type LocalRequest, type LocalResponse } from '../types.ts';

/**
 * Reads the body of a request of the AWS JSON protocols.
 *
 * @throws AwsError SerializationException for a body that is not JSON, and what `refusal` makes of one of another shape:
 * by default a ValidationException in the words of AWS's framework.
 */
export function readJson<T extends z.ZodType>(
  schema: T,
  request: LocalRequest,
  refusal: (error: z.ZodError, body: unknown) => AwsError = constraintError,
): z.output<T> {
  let body: unknown = {};
  try {
    if (request.body.length > 0) body = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'the request body is not JSON');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw refusal(parsed.error, body);
}

/** `1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null` */
function constraintError(error: z.ZodError, body: unknown): AwsError {
  const { issues } = error;
  const found = issues.map((issue) => {
    const path = issue.path.map((step, index) =>
      typeof step === 'number' ? `${step + 1}.member` : index === 0 ? lowerFirst(String(step)) : String(step),
    );
    return `Value ${shown(issue, body)} at '${path.join('.')}' failed to satisfy constraint: ${constraint(issue)}`;
  });
  const plural = issues.length > 1 ? 's' : '';
  return new AwsError(
    'ValidationException',
    `${issues.length} validation error${plural} detected: ${found.join('; ')}`,
  );
}

const isMissing = (issue: z.core.$ZodIssue): boolean => /received undefined/.test(issue.message);
/** What is not a text or a number AWS shows in Java's words, which nobody compares. */
function shown(issue: z.core.$ZodIssue, body: unknown): string {
  if (isMissing(issue)) return 'null';
  const value = valueAt(body, issue.path);
  return typeof value === 'string' || typeof value === 'number' ? `'${value}'` : "'[...]'";
}

const record = z.record(z.string(), z.unknown());

/** What a body has at a path. */
export function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)];
    else {
      const parsed = record.safeParse(value);
      value = parsed.success ? parsed.data[String(step)] : undefined;
    }
  }
  return value;
}

function constraint(issue: z.core.$ZodIssue): string {
  if (isMissing(issue)) return 'Member must not be null';
  const measure = 'origin' in issue && issue.origin === 'number' ? 'value' : 'length';
  if (issue.code === 'too_big') return `Member must have ${measure} less than or equal to ${issue.maximum}`;
  if (issue.code === 'too_small')
    return `Member must have ${measure} greater than or equal to ${issue.minimum}`;
  if (issue.code === 'invalid_format' && issue.format === 'regex')
    return `Member must satisfy regular expression pattern: ${String(issue.pattern).replace(/^\/\^?|\$?\/\w*$/g, '')}`;
  if (issue.code === 'invalid_value')
    return `Member must satisfy enum value set: [${issue.values.join(', ')}]`;
  return `Member must be of another type (${issue.message})`;
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** An answer of an AWS JSON service; `version` as in the content type, `1.0` or `1.1`. */
export function jsonResponse(version: '1.0' | '1.1', result: unknown): LocalResponse {
  return {
    status: 200,
    headers: { 'content-type': `application/x-amz-json-${version}` },
    body: result === undefined ? '' : JSON.stringify(result),
  };
}
