import type { Decision, PolicySet, Request } from '@permission-check/iam-policy';
import { type CompiledSet, decide, decideAsSimulator, PolicyCompiler } from '@permission-check/iam-policy';

/** Any action of any service may be asked about, so none is prepared for. */
const compiler = new PolicyCompiler([]);
const compiled = new WeakMap<PolicySet, CompiledSet>();

/**
 * Decides a request by a policy set; the same set is compiled once.
 *
 * @throws PolicyError when a document is not valid policy language.
 */
export function decideFor(policies: PolicySet, request: Request): Decision {
  return decide(compiledSet(policies), request);
}

/**
 * Decides a request by a policy set as the policy simulator does, which differs from the services at the edges.
 *
 * @throws PolicyError when a document is not valid policy language.
 */
export function simulateFor(policies: PolicySet, request: Request): Decision {
  return decideAsSimulator(compiledSet(policies), request);
}

function compiledSet(policies: PolicySet): CompiledSet {
  let set = compiled.get(policies);
  if (set === undefined) {
    set = compiler.compileSet(policies);
    compiled.set(policies, set);
  }
  return set;
}
