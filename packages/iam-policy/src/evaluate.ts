import { compileActionPattern } from './actions.ts';
import type { BoundUnreadable, CompiledSet } from './compile.ts';
import { isOfOtherAccount } from './principal.ts';
import type { Decision, Request, UnreadableStatement } from './types.ts';

/**
 * Decides one request: pure, and exact when every context key that the policies ask for is in the context. A key
 * that is not there is missing, as in a real request. Equal decisions may be the same object. A decision with `doubt`
 * may be `allowed` in truth.
 *
 * The resource `*` is the text `*`, as IAM's simulator takes it: only a pattern for all resources matches it. On a
 * resource of another account, the policies of the principal and that of the resource must both allow.
 */
export function decide(set: CompiledSet, request: Request): Decision {
  const decision = decided(set, request);
  const { possible } = set;
  if (possible === set || decision.decision === 'allowed') return decision;
  const most = decided(possible, request);
  return most.decision === 'allowed' ? { ...decision, doubt: doubtOf(set, request) } : decision;
}

/** Decides one request as AWS's simulator does, where it is known to answer otherwise than the services. */
export function decideAsSimulator(set: CompiledSet, request: Request): Decision {
  return decided(set.simulated, request);
}

function decided(set: CompiledSet, request: Request): Decision {
  const plan = set.plans.for(request.action);
  const { resource, context } = request;
  return request.resourceAccount !== undefined && isOfOtherAccount(request)
    ? plan.decideAcrossAccounts(resource, context)
    : plan.decide(resource, context);
}

/**
 * Whether AWS's simulator and its services are known to decide the request differently, so that it is no
 * contradiction when they do.
 */
export function isKnownDifference(set: CompiledSet, request: Request): boolean {
  return set.simulated !== set && decideAsSimulator(set, request).decision !== decide(set, request).decision;
}

function doubtOf({ unreadable }: CompiledSet, { action }: Request): string {
  const [first] = unreadable.filter(({ statement }) => mayCover(statement, action));
  if (first === undefined) return 'nothing but the documentation says that the policies do not allow it';
  return unreadableWords(first);
}

/** `statement 2 of reader (line 9) cannot be read: …` */
export function unreadableWords({ policy, statement }: BoundUnreadable): string {
  const { index, problem, start, place = start } = statement;
  const what = index === 0 ? `policy ${policy.name}` : `statement ${index} of ${policy.name}`;
  return `${what} (line ${place.line}) cannot be read: ${problem}`;
}

/** Whether a statement that cannot be read may be about an action. */
export function mayCover({ actions, notAction }: UnreadableStatement, action: string): boolean {
  const lowerCase = action.toLowerCase();
  return actions.some((pattern) => compileActionPattern(pattern)(lowerCase)) !== notAction;
}
