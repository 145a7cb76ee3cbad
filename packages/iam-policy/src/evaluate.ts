import type { CompiledSet } from './compile.ts';
import type { Decision, Request } from './types.ts';

/**
 * Decides one request: pure, and exact when every context key that the policies ask for is in the context. A key
 * that is not there is missing, as in a real request. Equal decisions may be the same object.
 *
 * The resource `*` is the text `*`, as IAM's simulator takes it: only a pattern for all resources matches it.
 */
export function decide(set: CompiledSet, request: Request): Decision {
  return set.plans.for(request.action).decide(request.resource, request.context);
}
