import type * as z from 'zod/mini';

/**
 * What does not fit a schema, in words, for the first misfit: `RolePolicyList.0.PolicyName: expected string`. (zod/mini
 * has no words of its own.)
 */
export function misfit({ issues }: z.core.$ZodError): {
  readonly path: readonly PropertyKey[];
  readonly text: string;
} {
  const [issue] = issues;
  const path = issue?.path ?? [];
  return { path, text: [path.join('.'), issue && wordsFor(issue)].filter(Boolean).join(': ') };
}

function wordsFor(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length > 1 ? 'keys' : 'key'} ${issue.keys.join(', ')}`;
    default:
      return issue.message;
  }
}
