import { type CodeMeaning, codeMeaning } from './error-codes.ts';

/** What an error of IAM means for the check. */
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

/** What each meaning of a code amounts to for the check. Without credentials of its own the caller cannot ask at all. */
const forTheCheck: Readonly<Record<CodeMeaning, ErrorMeaning>> = {
  gone: 'gone',
  invalid: 'invalid',
  unanswered: 'unanswered',
  throttled: 'unanswered',
  denied: 'refused',
  'unknown-caller': 'refused',
  'not-subscribed': 'refused',
  'no-credentials': 'unknown',
  stopped: 'stopped',
};

export function meaningOf(error: unknown): ErrorMeaning {
  if (!(error instanceof Error)) return 'unknown';
  const known = codeMeaning(error.name);
  if (known !== undefined) return forTheCheck[known];
  const network = 'code' in error && NETWORK.has(String(error.code));
  return network || httpStatus(error) >= 500 ? 'unanswered' : 'unknown';
}

/** Whether AWS refused the call only because there were too many of them. */
export function isThrottling(error: unknown): boolean {
  return error instanceof Error && codeMeaning(error.name) === 'throttled';
}

/** Whether other credentials would mend it: there are none, or AWS does not know them. */
export function isAboutCredentials(error: unknown): boolean {
  const meaning = error instanceof Error ? codeMeaning(error.name) : undefined;
  return meaning === 'unknown-caller' || meaning === 'no-credentials';
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
