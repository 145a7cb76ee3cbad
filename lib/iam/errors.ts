/**
 * What an error of IAM means for the check. The names are those that SDK v3 gives (`error.name`), which differ from
 * the codes on the wire only where the API model has a class of its own for them.
 *
 * Source: IAM API Reference, "Common Errors" and the errors of SimulatePrincipalPolicy.
 */
export type ErrorMeaning =
  /** The principal or policy does not exist (any more). */
  | 'gone'
  /** Something in the request is wrong; a smaller request may be right. */
  | 'invalid'
  /** AWS did not answer, and may another time. */
  | 'unanswered'
  /** The caller may not ask, or is not known: no answer can be had until somebody mends that. */
  | 'refused'
  /** The caller gave up waiting. */
  | 'stopped'
  | 'unknown';

const MEANINGS: Readonly<Record<string, ErrorMeaning>> = {
  NoSuchEntityException: 'gone',
  NoSuchEntity: 'gone',
  InvalidInputException: 'invalid',
  InvalidInput: 'invalid',
  ValidationError: 'invalid',
  PolicyEvaluationException: 'unanswered',
  PolicyEvaluation: 'unanswered',
  ServiceFailureException: 'unanswered',
  ServiceFailure: 'unanswered',
  InternalFailure: 'unanswered',
  ServiceUnavailable: 'unanswered',
  TimeoutError: 'unanswered',
  RequestTimeout: 'unanswered',
  RequestTimeoutException: 'unanswered',
  AccessDenied: 'refused',
  AccessDeniedException: 'refused',
  InvalidClientTokenId: 'refused',
  UnrecognizedClientException: 'refused',
  ExpiredToken: 'refused',
  ExpiredTokenException: 'refused',
  IncompleteSignature: 'refused',
  SignatureDoesNotMatch: 'refused',
  MissingAuthenticationToken: 'refused',
  OptInRequired: 'refused',
  AbortError: 'stopped',
};

/** Names under which AWS services throttle; IAM's own is `Throttling`. */
const THROTTLING: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'SlowDown',
]);

/** Errors of Node's sockets and name resolution. */
const NETWORK: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

export function meaningOf(error: unknown): ErrorMeaning {
  if (!(error instanceof Error)) return 'unknown';
  const known = Object.hasOwn(MEANINGS, error.name) ? MEANINGS[error.name] : undefined;
  if (known !== undefined) return known;
  const network = 'code' in error && NETWORK.has(String(error.code));
  return isThrottling(error) || network || httpStatus(error) >= 500 ? 'unanswered' : 'unknown';
}

/** Whether AWS refused the call only because there were too many of them. */
export function isThrottling(error: unknown): boolean {
  return error instanceof Error && THROTTLING.has(error.name);
}

/** What a person reads: `Throttling: Rate exceeded (8 attempts)`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const attempts = attemptsOf(error);
  return `${error.name}: ${error.message}${attempts > 1 ? ` (${attempts} attempts)` : ''}`;
}

/** How many attempts the SDK made, as its answers and errors say; 1 where they do not. */
export function attemptsOf(answer: unknown): number {
  return metadata(answer, 'attempts') ?? 1;
}

function httpStatus(error: unknown): number {
  return metadata(error, 'httpStatusCode') ?? 0;
}

function metadata(from: unknown, field: 'attempts' | 'httpStatusCode'): number | undefined {
  if (typeof from !== 'object' || from === null || !('$metadata' in from)) return undefined;
  const values: unknown = from.$metadata;
  if (typeof values !== 'object' || values === null) return undefined;
  const value = Object.entries(values).find(([name]) => name === field)?.[1];
  return typeof value === 'number' ? value : undefined;
}
