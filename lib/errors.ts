import type * as z from 'zod/mini';

/** Something a person handed in cannot be used: a file, an option, an ARN. The message says what, where and what to do. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** AWS refuses a call that the product needs, so nothing true can be said: the permissions of the stack are wrong. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  /** `iam:SimulatePrincipalPolicy` */
  readonly call: string;
  constructor(call: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.call = call;
  }
}

/** The user or role does not exist (any more): not a failure of the check. */
export class PrincipalGoneError extends Error {
  override readonly name = 'PrincipalGoneError';
  readonly principal: string;
  constructor(principal: string, options?: ErrorOptions) {
    super(`${principal} does not exist in IAM (any more)`, options);
    this.principal = principal;
  }
}

/** IAM's simulator did not answer, and may another time. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
}

/** Why a file cannot be read, in words; the system's own words where there are no better ones. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return fileProblems[code] ?? (error instanceof Error ? error.message : String(error));
}

const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a directory',
  ENOTDIR: 'a part of the path is no directory',
  EACCES: 'permission denied',
};

/** Mistakes of a schema that one message names; the others are counted. */
const NAMED_ISSUES = 5;

/**
 * What does not fit a schema, in words: `RolePolicyList.0.PolicyName: expected string`, several parted by semicolons.
 * (zod/mini has no words of its own.)
 *
 * @param whole how to call the value itself, where it is at fault as a whole.
 */
export function describeSchemaError({ issues }: z.core.$ZodError, whole = ''): string {
  const words = issues
    .slice(0, NAMED_ISSUES)
    .map((issue) => [issue.path.join('.') || whole, describeIssue(issue)].filter(Boolean).join(': '));
  const more = issues.length - words.length;
  return [...words, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length > 1 ? 'keys' : 'key'} ${issue.keys.join(', ')}`;
    default:
      return issue.message;
  }
}
