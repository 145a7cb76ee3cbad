import type { Decision, Request } from '@permission-check/iam-policy';
import { type CompiledSet, decide } from '@permission-check/iam-policy';
import type { Evidence } from './types.ts';

/**
 * What the policy documents say of each request, in the order of the requests. Exact for what is in the documents;
 * blind to everything else (session policies, VPC endpoint policies, SCPs that are not in the set).
 */
export function evaluateRequests(set: CompiledSet, requests: readonly Request[]): Evidence[] {
  return requests.map((request) => evidenceOf(decide(set, request)));
}

/** Equal decisions are often one object; then so is their evidence. */
const known = new WeakMap<Decision, Evidence>();

function evidenceOf(decision: Decision): Evidence {
  const before = known.get(decision);
  if (before !== undefined) return before;
  const evidence: Evidence = { kind: 'evaluated', ...decision };
  known.set(decision, evidence);
  return evidence;
}
